// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes as each of the files that a feature set made elsewhere may be, but HDF5: .npy, .npz and a CSV table. A set is
// refused, or gives finite rows of one width for the study's tracks.
#include "config/error.h"
#include "features/sources/array_files.h"
#include "tests/fuzz/input_file.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <unistd.h>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;

// A folder of .npy, one of .npz and a table, each of which is the input.
class Sets {
 public:
  Sets() : directory_(fs::temp_directory_path() / ("musicmem-fuzz-arrays-" + std::to_string(::getpid()))) {
    for (const char* name : {"npy/a.npy", "npz/a.npz", "set.csv"}) {
      fs::create_directories((directory_ / name).parent_path());
      fs::create_symlink(input_.path(), directory_ / name);
    }
  }
  ~Sets() { fs::remove_all(directory_); }
  Sets(const Sets&) = delete;
  Sets& operator=(const Sets&) = delete;

  const testing_support::InputFile& input() const { return input_; }
  std::array<fs::path, 3> sources() const {
    return {directory_ / "npy", directory_ / "npz", directory_ / "set.csv"};
  }

 private:
  testing_support::InputFile input_;
  fs::path directory_;
};

void check(bool holds) {
  if (!holds) std::abort();
}

void look_at(const config::FeatureSource& source) {
  data::SegmentTable tracks;
  tracks.tracks = {"a.wav"};
  tracks.labels = {0.5};
  try {
    const data::SegmentTable table = ArraySet(source, {"set", tracks}).read();
    check(table.values.rows() == table.row_track.size() && table.values.rows() > 0);
    check(table.values.columns() == table.columns.size() && !table.columns.empty());
    for (const double value : table.values.values()) check(std::isfinite(value));
  } catch (const Error&) {  // expected of bytes that are no such file
  }
}

}  // namespace
}  // namespace musicmem::features

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musicmem;
  static const features::Sets sets;
  sets.input().put(data, size);
  for (const std::filesystem::path& path : sets.sources()) {
    config::FeatureSource source;
    source.source = path;
    features::look_at(source);
    source.reading.pool = config::TimePool::mean_std;
    source.reading.layer.indices = {-1};
    features::look_at(source);
    source.reading.layer.indices = {};
    source.reading.per = config::RowsPer::segment;
    features::look_at(source);
  }
  return 0;
}
