// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/generator.h"
#include "models/ssast/spectrogram_source.h"

#include <string>
#include <vector>

namespace musicmem::models::testing {

// Clips of 98 frames, one a track, that are louder the higher their label is.
// Made anew whenever they are read.
inline SpectrogramTable spectrograms(int tracks) {
  SpectrogramTable table;
  data::Generator generator(5);
  for (int track = 0; track < tracks; ++track) {
    table.rows.tracks.push_back("track_" + std::to_string(track));
    table.rows.labels.push_back(generator.uniform());
    append_spectrogram_rows(table, track, 0, static_cast<std::size_t>(track), 98, false);
  }
  table.read_sample = [labels = table.rows.labels](std::size_t sample) {
    data::Generator noise(sample);
    std::vector<float> values(98 * spectrogram_bins);
    for (float& value : values) value = static_cast<float>(-8.0 + 8.0 * labels[sample] + noise.uniform());
    return values;
  };
  return table;
}

// How spectrograms are made that are padded to 100 frames.
inline config::Features features_of_a_second() {
  config::Features features;
  features.fbank.target_length = 100;
  return features;
}

}  // namespace musicmem::models::testing
