// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sources/side_inputs.h"

#include "config/error.h"
#include "data/files/csv.h"
#include "data/files/hash.h"
#include "data/segment_table.h"
#include "features/sources/stem_directory.h"

namespace musicmem::features {
namespace {

void add_row(data::Hasher& hasher, const data::TrackValues& table, const std::string& track) {
  const auto values = table.find(track);
  hasher.add(values ? "row" : "no row");
  if (values) hasher.add(*values);
}

std::vector<int> with_original(const std::vector<int>& semitones) {
  std::vector<int> pitches = {0};
  pitches.insert(pitches.end(), semitones.begin(), semitones.end());
  return pitches;
}

}  // namespace

SideInputs::SideInputs(const config::EhcSettings& settings, const config::ClipGeometry& clip) : clip_(clip) {
  if (settings.stems.source == config::Stems::Source::directory) {
    const StemDirectory existing(settings.stems.path);  // throws without one
    stems_.emplace(settings.stems.path);
  }
  if (!settings.tempo.empty()) tempo_.emplace(settings.tempo, std::vector<std::string>{"bpm"});
  if (settings.emotion.source == config::Emotion::Source::csv) {
    emotion_.emplace(settings.emotion.path, data::emotion_columns());
  }
}

std::optional<double> SideInputs::bpm(const std::string& track) const {
  if (!tempo_) return std::nullopt;
  const double bpm = tempo_->require(track).front();
  if (bpm <= 0.0) {
    throw Error("the tempo table gives track '" + track + "' " + data::format_number(bpm) +
                    " beats per minute, which is no tempo",
                "", "correct its row in features.ehc.tempo");
  }
  return bpm;
}

std::optional<StaticEmotion> SideInputs::emotion(const std::string& track) const {
  if (!emotion_) return std::nullopt;
  const std::vector<double> values = emotion_->require(track);
  return StaticEmotion{values[0], values[1]};
}

std::vector<std::string> SideInputs::notes() const {
  std::vector<std::string> notes;
  for (const auto* table : {&tempo_, &emotion_}) {
    if (*table && !(*table)->note().empty()) notes.push_back((*table)->note());
  }
  return notes;
}

void SideInputs::require(const std::string& track, const std::vector<int>& semitones) const {
  bpm(track);
  emotion(track);
  if (stems_) require_stems(*stems_, track, with_original(semitones), clip_);
}

std::string SideInputs::hash(const std::string& track, const std::vector<int>& semitones,
                             data::KnownFiles& known) const {
  if (!tempo_ && !emotion_ && !stems_) return "";
  data::Hasher hasher;
  if (tempo_) add_row(hasher, *tempo_, track);
  if (emotion_) add_row(hasher, *emotion_, track);
  if (stems_) hasher.add(stem_files_hash(*stems_, track, with_original(semitones), known, clip_));
  return hasher.hex();
}

}  // namespace musicmem::features
