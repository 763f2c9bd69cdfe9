// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/setting.h"

#include <filesystem>
#include <string>
#include <vector>

namespace musicmem::config {

// Which layers of an array [layers, time, dim] are taken.
struct LayerChoice {
  bool mean = false;         // over all of them
  std::vector<int> indices;  // joined; negative from the end; none: the array has no layers

  bool operator==(const LayerChoice&) const = default;

  static constexpr const char* range = "none | a whole number, negative from the end | a list of them | mean";
  static constexpr const char* another = "[1, -1]";
  // Throws Error.
  static LayerChoice parse(const std::string& text);
};
std::string to_string(const LayerChoice& layers);

enum class TimePool { mean, mean_std, max };
constexpr Words<TimePool, 3> words(TimePool) {
  return {{{"mean", TimePool::mean}, {"mean_std", TimePool::mean_std}, {"max", TimePool::max}}};
}

enum class RowsPer { track, segment };
constexpr Words<RowsPer, 2> words(RowsPer) {
  return {{{"track", RowsPer::track}, {"segment", RowsPer::segment}}};
}

// How arrays [dim], [time, dim] or [layers, time, dim] become rows of features.
struct ArrayReading {
  LayerChoice layer;
  TimePool pool = TimePool::mean;
  RowsPer per = RowsPer::track;
};

// An entry of features.sets: arrays or a table that were made elsewhere, or an encoder that makes arrays of audio.
struct FeatureSource {
  std::filesystem::path
      source;  // an HDF5 file, a folder of .npy and .npz files, or a CSV table; or empty, and
  std::filesystem::path
      encoder;              // TorchScript [batch, samples] -> [batch, dim | time, dim | layers, time, dim]
  int sample_rate = 16000;  // Hz that the encoder takes
  int batch = 8;            // clips at once
  ArrayReading reading;
  std::string array;  // the array of an .npz file; empty: the only one

  bool is_encoder() const { return !encoder.empty(); }
};

// How the set is read, beside its file: "layer: 6, pool: mean, per: track, array: x"; and back, without the file. Throws
// Error for another text.
std::string reading_text(const FeatureSource& set);
FeatureSource reading_of_text(const std::string& text);

template <class V, SettingsOf<FeatureSource> S>
void visit(V& v, S& set) {
  using enum Effect;
  constexpr int highest_rate = 768000;
  v("source", set.source, input, "an HDF5 file, a folder of <track's stem>.npy or .npz, or a CSV table");
  v("encoder", set.encoder, input,
    "instead of source: TorchScript that makes the arrays from audio, in prepare");
  v.only_if(!set.encoder.empty(), "encoder", [&] {
    v("sample_rate", set.sample_rate, input, between(1000, highest_rate), "Hz that the encoder takes");
    v("batch", set.batch, nothing, between(1, 4096), "clips that it takes at once");
  });
  v("layer", set.reading.layer, input,
    "of arrays [layers, time, dim]: an index, several of them joined, or mean");
  v("pool", set.reading.pool, input, "over time: mean, mean_std (both, joined) or max");
  v("per", set.reading.per, input, "segment: arrays are [segments, dim], a row each");
  v.only_if(set.encoder.empty(), "source",
            [&] { v("array", set.array, input, "the array of .npz files that have several"); });
}

}  // namespace musicmem::config
