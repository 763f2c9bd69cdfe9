// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes as each of the tables that people make, labels, features and values of tracks: a table is refused, or what it
// gives keeps its contract; a table of features is the same once it was written and read again.
#include "config/error.h"
#include "data/ehc_table.h"
#include "data/files/csv.h"
#include "data/labels.h"
#include "data/track_values.h"
#include "tests/fuzz/input_file.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>

namespace musicmem::data {
namespace {

using testing_support::InputFile;

// What the reader makes of the file; empty where it refuses it.
template <typename Reader>
auto read_by(const Reader& read) -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const Error&) {
    return std::nullopt;
  }
}

void check(bool holds) {
  if (!holds) std::abort();
}

void look_at_rows(const std::filesystem::path& path) {
  const auto csv = read_by([&] { return CsvFile(path); });
  if (!csv) return;
  for (std::size_t row = 0; row < csv->rows(); ++row) {
    for (std::size_t column = 0; column < csv->header().size(); ++column) {
      const auto number = csv->number_or_none(row, column);
      check(!number || std::isfinite(*number));
    }
  }
}

void look_at_labels(const std::filesystem::path& path) {
  const auto table = read_by([&] { return scan_labels(path); });
  if (!table) return;
  for (const Label& label : table->labels) check(label.score >= 0.0 && label.score <= 1.0);
}

void look_at_features(const std::filesystem::path& path) {
  static const InputFile written;
  const auto table = read_by([&] { return read_segment_table(path); });
  if (!table) return;
  check(table->labels.size() == table->tracks.size());
  check(table->row_track.size() == table->values.rows());
  for (const double value : table->values.values()) check(std::isfinite(value));
  written.put(to_csv(*table));
  const SegmentTable again = read_segment_table(written.path());
  check(again.values == table->values && again.labels == table->labels && again.columns == table->columns);
  check(again.row_track == table->row_track && again.row_segment == table->row_segment);
}

void look_at_values(const std::filesystem::path& path) {
  const auto values = read_by([&] { return TrackValues(path, {"valence", "arousal"}); });
  if (values) read_by([&] { return values->require("a.wav"); });
}

}  // namespace
}  // namespace musicmem::data

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const musicmem::testing_support::InputFile file;
  file.put(data, size);
  musicmem::data::look_at_rows(file.path());
  musicmem::data::look_at_labels(file.path());
  musicmem::data::look_at_features(file.path());
  musicmem::data::look_at_values(file.path());
  return 0;
}
