// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/spectrogram_source.h"

#include "config/error.h"
#include "features/fbank.h"
#include "features/sound/segments.h"
#include "features/store/compacted_features.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace musicmem::models {

FrameSegments::FrameSegments(const config::ClipGeometry& clip) {
  const features::Segments segments(clip);
  count = segments.count;
  frames = static_cast<std::size_t>(features::fbank_frames(segments.samples));
  hop = segments.hop;
}

std::size_t FrameSegments::first_frame(std::size_t segment) const {
  return segment * hop / features::fbank_shift;
}

void append_spectrogram_rows(SpectrogramTable& table, int track, int semitones, std::size_t sample,
                             std::size_t sample_frames, bool segments, const config::ClipGeometry& clip) {
  const FrameSegments cut(clip);
  table.frames = segments ? cut.frames : sample_frames;
  const std::size_t rows = segments ? cut.count : 1;
  for (std::size_t i = 0; i < rows; ++i) {
    assert(cut.first_frame(i) + table.frames <= sample_frames);
    table.rows.row_track.push_back(track);
    table.rows.row_segment.push_back(segments ? static_cast<int>(i) + 1 : 0);
    table.rows.row_semitones.push_back(semitones);
    table.sample.push_back(sample);
    table.first_frame.push_back(cut.first_frame(i));
  }
  table.rows.values = data::Matrix(table.sample.size(), 0);
}

SpectrogramTable spectrogram_table(std::shared_ptr<const features::CompactedFeatures> store,
                                   std::vector<std::string> tracks, std::vector<double> labels) {
  SpectrogramTable table;
  table.rows.tracks = std::move(tracks);
  table.rows.labels = std::move(labels);
  table.read_sample = [store = std::move(store)](std::size_t sample) {
    return store->float_sample("fbank", sample);
  };
  return table;
}

SpectrogramSource::SpectrogramSource(const SpectrogramTable& table, std::uint64_t cache_bytes)
    : table_(table), cache_left_(cache_bytes) {
  const auto largest = std::max_element(table.sample.begin(), table.sample.end());
  cache_.resize(largest == table.sample.end() ? 0 : *largest + 1);
}

void SpectrogramSource::read(std::size_t row, float* out) {
  const Sample values = sample(table_.sample[row]);
  const std::size_t begin = table_.first_frame[row] * spectrogram_bins;
  const std::size_t count = table_.frames * spectrogram_bins;
  if (values->size() < begin + count) {
    throw Error("a log-mel spectrogram of the store is shorter than the others",
                table_.rows.tracks[static_cast<std::size_t>(table_.rows.row_track[row])],
                "remove the store and prepare again");
  }
  std::copy_n(values->begin() + static_cast<std::ptrdiff_t>(begin), count, out);
}

SpectrogramSource::Sample SpectrogramSource::sample(std::size_t index) {
  const std::lock_guard lock(mutex_);
  if (cache_[index]) return cache_[index];
  auto values = std::make_shared<const std::vector<float>>(table_.read_sample(index));
  const std::uint64_t bytes = values->size() * sizeof(float);
  if (bytes <= cache_left_) {
    cache_left_ -= bytes;
    cache_[index] = values;
  }
  return values;
}

SpectrogramStatistics SpectrogramStatistics::of(SpectrogramSource& source,
                                                const std::vector<std::size_t>& rows) {
  std::vector<float> values(source.table().frames * spectrogram_bins);
  double sum = 0.0;
  double squares = 0.0;
  for (const std::size_t row : rows) {
    source.read(row, values.data());
    for (const float value : values) {
      sum += value;
      squares += static_cast<double>(value) * value;
    }
  }
  const double count = static_cast<double>(rows.size() * values.size());
  const double mean = sum / count;
  // Silence throughout has no deviation; then only the mean is taken off.
  const double variance = squares / count - mean * mean;
  return {mean, variance > 1e-12 * squares / count ? std::sqrt(variance) : 0.5};
}

}  // namespace musicmem::models
