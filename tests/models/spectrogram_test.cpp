// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "data/generator.h"
#include "models/ssast/training/batches.h"
#include "models/ssast/training/spectrogram_reader.h"

#include <atomic>
#include <chrono>
#include <cmath>
#include <numeric>
#include <thread>

#include "spectrogram_example.h"
#include <gmock/gmock.h>

namespace musicmem::models {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using testing::spectrograms;

constexpr float silence_of_input = 4.2677393F / (2.0F * 4.5689974F);  // 0 normalised by AudioSet

SpectrogramInput input(std::size_t length, const config::SsastTraining& settings = {}) {
  return {settings, length, SpectrogramStatistics{}};
}

TEST(SpectrogramRows, a_clip_is_one_row_or_nine_segments_of_98_frames) {
  SpectrogramTable clips;
  SpectrogramTable segments;

  append_spectrogram_rows(clips, 0, 0, 0, 498, false);
  append_spectrogram_rows(segments, 0, 0, 0, 498, true);

  EXPECT_EQ(clips.frames, 498U);
  EXPECT_THAT(clips.rows.row_segment, ElementsAre(0));
  EXPECT_EQ(segments.frames, 98U);
  EXPECT_THAT(segments.rows.row_segment, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_EQ(segments.first_frame.back() + segments.frames, 498U);
}

TEST(SpectrogramRows, follow_the_geometry_of_the_studys_clips) {
  SpectrogramTable longer;
  SpectrogramTable between_frames;

  append_spectrogram_rows(longer, 0, 0, 0, 998, true, {10.0, 0.0, 2.0, 1.0});
  append_spectrogram_rows(between_frames, 0, 0, 0, 298, true, {3.0, 0.0, 1.0, 0.125});

  EXPECT_EQ(longer.frames, 198U);
  EXPECT_THAT(longer.first_frame, ElementsAre(0, 100, 200, 300, 400, 500, 600, 700, 800));
  EXPECT_EQ(between_frames.rows.row_segment.size(), 17U);
  EXPECT_EQ(between_frames.first_frame[1], 12U);
  EXPECT_EQ(between_frames.first_frame.back() + between_frames.frames, 298U);
}

TEST(SpectrogramInput, pads_in_the_log_domain_before_it_normalises) {
  const std::vector<float> raw(2 * spectrogram_bins, -4.2677393F);
  std::vector<float> out(3 * spectrogram_bins);

  input(3).make(raw, std::nullopt, out);

  EXPECT_NEAR(out[0], 0.0F, 1e-6F);
  EXPECT_NEAR(out[2 * spectrogram_bins], silence_of_input, 1e-6F);
}

// Frames and bins that are masked throughout.
struct Masked {
  std::size_t bins = 0;
  std::size_t frames = 0;
};

Masked count_masked(const std::vector<float>& out) {
  const std::size_t frames = out.size() / spectrogram_bins;
  const auto is_masked = [&](std::size_t frame, std::size_t bin) {
    return std::abs(out[frame * spectrogram_bins + bin] - silence_of_input) < 1e-6F;
  };
  Masked masked;
  for (std::size_t bin = 0; bin < spectrogram_bins; ++bin) {
    bool whole = true;
    for (std::size_t frame = 0; frame < frames; ++frame) whole = whole && is_masked(frame, bin);
    masked.bins += whole ? 1 : 0;
  }
  for (std::size_t frame = 0; frame < frames; ++frame) {
    bool whole = true;
    for (std::size_t bin = 0; bin < spectrogram_bins; ++bin) whole = whole && is_masked(frame, bin);
    masked.frames += whole ? 1 : 0;
  }
  return masked;
}

TEST(SpectrogramInput, masks_up_to_48_bins_and_two_fifths_of_the_frames) {
  const std::vector<float> raw(100 * spectrogram_bins, 3.0F);
  std::vector<float> out(raw.size());
  Masked most;

  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    input(100).make(raw, seed, out);
    const Masked masked = count_masked(out);
    most.bins = std::max(most.bins, masked.bins);
    most.frames = std::max(most.frames, masked.frames);
  }

  EXPECT_LT(most.bins, 48U);
  EXPECT_GT(most.bins, 40U);
  EXPECT_LT(most.frames, 40U);
  EXPECT_GT(most.frames, 33U);
}

TEST(SpectrogramInput, the_same_seed_gives_the_same_input_with_noise_and_roll) {
  config::SsastTraining settings;
  settings.spec_augment.noise = settings.spec_augment.roll = true;
  settings.spec_augment.mask_bins = settings.spec_augment.mask_frames = 0;
  std::vector<float> raw(100 * spectrogram_bins);
  std::iota(raw.begin(), raw.end(), 0.0F);
  std::vector<float> first(raw.size());
  std::vector<float> again(raw.size());
  std::vector<float> other(raw.size());

  input(100, settings).make(raw, 1, first);
  input(100, settings).make(raw, 1, again);
  input(100, settings).make(raw, 2, other);

  EXPECT_EQ(first, again);
  EXPECT_NE(first, other);
}

TEST(SpectrogramStatistics, are_those_of_all_values) {
  const SpectrogramTable table = spectrograms(3);
  SpectrogramSource source(table, 0);
  std::vector<double> values;
  for (const std::size_t sample : {0U, 2U}) {
    for (const float value : table.read_sample(sample)) values.push_back(value);
  }
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);

  const SpectrogramStatistics statistics = SpectrogramStatistics::of(source, {0, 2});

  EXPECT_NEAR(statistics.mean, mean, 1e-9);
  EXPECT_NEAR(statistics.deviation, std::sqrt(squares / static_cast<double>(values.size())), 1e-9);
}

// Requests of one row each, as often as there are rows.
auto one_by_one(std::size_t rows) {
  return [row = std::size_t{0}, rows]() mutable {
    return row < rows ? std::optional(RowsToRead{{row++}, {}}) : std::nullopt;
  };
}

TEST(SpectrogramReader, gives_the_batches_in_order_and_reads_no_further_ahead_than_asked) {
  SpectrogramTable table = spectrograms(12);
  std::atomic<int> reads = 0;
  table.read_sample = [&, plain = table.read_sample](std::size_t sample) {
    ++reads;
    return plain(sample);
  };
  SpectrogramSource source(table, 0);
  const SpectrogramInput plain = input(98);
  SpectrogramReader reader(source, plain, one_by_one(12), 2);

  // Time in which a reader without a bound would run ahead.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const int ahead = reads;
  for (std::size_t row = 0; row < 12; ++row) {
    const SpectrogramBatch batch = reader.take();
    EXPECT_THAT(batch.rows, ElementsAre(row));
    EXPECT_EQ(batch.values, read_batch(source, plain, {{row}, {}}).values);
  }

  EXPECT_LE(ahead, 3) << "two that lie ready and one on the way";
}

TEST(SpectrogramReader, throws_what_reading_threw_after_the_batches_before_it) {
  SpectrogramTable table = spectrograms(3);
  table.read_sample = [plain = table.read_sample](std::size_t sample) {
    if (sample == 1) throw Error("cannot be read");
    return plain(sample);
  };
  SpectrogramSource source(table, 0);
  const SpectrogramInput plain = input(98);
  SpectrogramReader reader(source, plain, one_by_one(3), 2);

  EXPECT_NO_THROW(reader.take());
  EXPECT_THROW(reader.take(), Error);
}

TEST(SpectrogramSource, keeps_in_memory_what_the_limit_allows) {
  SpectrogramTable table = spectrograms(4);
  int reads = 0;
  table.read_sample = [&, plain = table.read_sample](std::size_t sample) {
    ++reads;
    return plain(sample);
  };
  SpectrogramSource source(table, 2 * 98 * spectrogram_bins * sizeof(float));
  std::vector<float> out(98 * spectrogram_bins);

  for (int pass = 0; pass < 2; ++pass) {
    for (std::size_t row = 0; row < 4; ++row) source.read(row, out.data());
  }

  EXPECT_EQ(reads, 4 + 2);
}

TEST(Batches, every_row_is_in_one_share_of_one_batch_of_an_epoch) {
  std::vector<std::size_t> rows(23);
  std::iota(rows.begin(), rows.end(), std::size_t{100});
  std::vector<int> seen(123, 0);

  const auto order = epoch_order(rows, 7, 1);
  ASSERT_EQ(batches_of(rows.size(), 5), 5U);
  for (std::size_t batch = 0; batch < 5; ++batch) {
    const auto whole = batch_rows(order, 5, batch);
    for (std::size_t rank = 0; rank < 4; ++rank) {
      const Share share = Share::of(whole.size(), rank, 4);
      for (std::size_t i = share.begin; i < share.end; ++i) ++seen[whole[i]];
    }
  }

  EXPECT_THAT(std::vector<int>(seen.begin() + 100, seen.end()), Each(1));
  EXPECT_NE(order, epoch_order(rows, 7, 2));
  EXPECT_EQ(order, epoch_order(rows, 7, 1));
}

}  // namespace
}  // namespace musicmem::models
