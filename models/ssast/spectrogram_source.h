// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/clip.h"
#include "data/segment_table.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace musicmem::features {
class CompactedFeatures;
}

namespace musicmem::models {

inline constexpr std::size_t spectrogram_bins = 128;

// The segments of a clip in frames of 10 ms: those whose windows lie wholly in them.
struct FrameSegments {
  std::size_t count = 0;
  std::size_t frames = 0;  // of each, 98 of one second
  std::size_t hop = 0;     // samples

  explicit FrameSegments(const config::ClipGeometry& clip);

  std::size_t first_frame(std::size_t segment) const;
};

// Which log-mel spectrograms a study has. `rows` has no feature columns: row i is `frames` frames of one
// sample of the store, from `first_frame[i]` on.
struct SpectrogramTable {
  data::SegmentTable rows;
  std::vector<std::size_t> sample;       // by row
  std::vector<std::size_t> first_frame;  // by row
  std::size_t frames = 0;  // of every row: 498 for a clip of 5 s, 98 for a segment of one second

  // Reads one sample of the store, [frames of the sample][spectrogram_bins]. Called by one thread at a time.
  std::function<std::vector<float>(std::size_t sample)> read_sample;
};

// Appends the rows of one sample: the whole clip as segment 0, or its segments from 1 on. `sample_frames` are
// those of the sample (10 ms each).
void append_spectrogram_rows(SpectrogramTable& table, int track, int semitones, std::size_t sample,
                             std::size_t sample_frames, bool segments, const config::ClipGeometry& clip = {});

// A table without rows over a compacted store, whose dataset `fbank` read_sample reads.
SpectrogramTable spectrogram_table(std::shared_ptr<const features::CompactedFeatures> store,
                                   std::vector<std::string> tracks, std::vector<double> labels);

// The spectrograms of a table, read when asked for and kept in memory as far as `cache_bytes` goes. Safe to
// call from several threads; the store is read by one at a time.
class SpectrogramSource {
 public:
  // The table must outlive the source.
  SpectrogramSource(const SpectrogramTable& table, std::uint64_t cache_bytes);

  const SpectrogramTable& table() const { return table_; }

  // Copies row `row` to `out`, [table.frames][spectrogram_bins]. Throws Error where the store cannot be read.
  void read(std::size_t row, float* out);

 private:
  using Sample = std::shared_ptr<const std::vector<float>>;

  Sample sample(std::size_t index);

  const SpectrogramTable& table_;
  std::uint64_t cache_left_;
  std::mutex mutex_;
  std::vector<Sample> cache_;  // by sample
};

// Mean and population standard deviation of all values of these rows, for the normalisation of a fold.
struct SpectrogramStatistics {
  double mean = -4.2677393;  // AudioSet's (Y. Gong et al., AAAI 2022)
  double deviation = 4.5689974;

  static SpectrogramStatistics of(SpectrogramSource& source, const std::vector<std::size_t>& rows);
};

}  // namespace musicmem::models
