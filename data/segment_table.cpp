// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/segment_table.h"

#include "config/error.h"

#include <algorithm>
#include <charconv>

namespace musicmem::data {
namespace {

constexpr std::string_view shift_suffix = "_semitones";

std::vector<std::string> make_harmony_columns() {
  std::vector<std::string> columns;
  for (const char* statistic : {"_mean", "_std"}) {
    for (const char* pitch : {"C", "Cs", "D", "Ds", "E", "F", "Fs", "G", "Gs", "A", "As", "B"}) {
      columns.push_back(std::string(pitch) + statistic);
    }
  }
  return columns;
}

std::vector<std::string> make_timbre_columns() {
  std::vector<std::string> columns;
  for (const char* source : {"vocals", "drums", "bass", "other"}) {
    for (const char* statistic : {"_db_mean", "_db_std"}) columns.push_back(std::string(source) + statistic);
  }
  return columns;
}

}  // namespace

bool SegmentTable::has_augmented_rows() const {
  return std::any_of(row_semitones.begin(), row_semitones.end(), [](int n) { return n != 0; });
}

const std::vector<std::string>& harmony_columns() {
  static const std::vector<std::string> columns = make_harmony_columns();
  return columns;
}

const std::vector<std::string>& timbre_columns() {
  static const std::vector<std::string> columns = make_timbre_columns();
  return columns;
}

const std::vector<std::string>& emotion_columns() {
  static const std::vector<std::string> columns = {"static_valence", "static_arousal"};
  return columns;
}

std::vector<std::string> ehc_columns(bool with_emotion) {
  std::vector<std::string> columns = harmony_columns();
  columns.emplace_back("bpm");
  columns.insert(columns.end(), timbre_columns().begin(), timbre_columns().end());
  if (with_emotion) columns.insert(columns.end(), emotion_columns().begin(), emotion_columns().end());
  return columns;
}

std::string augment_type(int semitones) {
  return semitones == 0 ? "original" : std::to_string(semitones) + std::string(shift_suffix);
}

int semitones_of(const std::string& text) {
  if (text == "original") return 0;
  int semitones = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, semitones);
  if (error != std::errc() || std::string_view(rest, end) != shift_suffix || semitones == 0) {
    throw Error("'" + text + "' is not an augment type", "",
                "use original or <n>_semitones, such as -3_semitones");
  }
  return semitones;
}

}  // namespace musicmem::data
