// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/features.h"
#include "features/clip_analysis.h"
#include "features/sound/pitch_variants.h"
#include "features/spectra/sample_array.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace musicmem::features {

// Makes the datasets of one feature set from clips. One serves one thread, and keeps what it needs between
// clips.
class SetExtractor {
 public:
  virtual ~SetExtractor() = default;

  // Turns to another clip, whose `variants` live until the next call. Throws Error where what it takes from
  // beside the audio is missing.
  virtual void open(const PitchVariants&) {}
  // The datasets without a sample. The first is what models learn from, and is called as the kind of set.
  virtual std::vector<SampleArray> empty_arrays() const = 0;
  // Adds the sample of one of the opened variants.
  virtual void append(std::size_t variant, ClipAnalysis& clip, std::vector<SampleArray>& arrays) = 0;
  // What cannot be meant about the clip's inputs; "" for nothing.
  virtual std::string anomaly() const { return ""; }
  // The clip over time, frames last, for people who look at features; empty where the datasets say it all.
  virtual std::vector<SampleArray> over_time(ClipAnalysis&) const { return {}; }
};

using Notes = std::vector<std::pair<std::string, std::string>>;  // name and text

// A kind of feature set: how it is made, and what that depends on.
struct FeatureSetKind {
  config::FeatureSet set;
  bool is_spectrogram = false;  // frames by bins, for models that take those; else rows of named columns
  bool uses_spectrum = true;    // shares ClipAnalysis::spectrum() with others
  bool computes_with_torch = false;
  bool has_side_inputs = false;  // takes something from beside the clips: SideInputs

  // Roughly, of one pitch variant of one clip.
  std::uint64_t columns = 0;  // of its rows
  std::uint64_t bytes = 0;    // of its datasets before compression

  // All that its values depend on besides audio and side inputs, the version of its algorithm among them, as
  // lines "name: value"; reads files that the settings name.
  // `name`: of the set, which tells encoders apart.
  std::string (*parameters)(const config::Features& features, const std::string& name) = nullptr;
  // What a reader of the numbers must know; null for nothing.
  Notes (*notes)(const config::Features& features) = nullptr;
  // What its columns are parts of, for explanations and ablation by groups, and which of them one is; null where columns
  // have no names.
  std::vector<std::string> (*groups)(const config::Features& features) = nullptr;
  std::string (*group)(const std::string& column) = nullptr;
  // Throws Error where tables, separator or emotion model cannot be used. `gpu`: see make_timbre_source.
  std::unique_ptr<SetExtractor> (*open)(const config::Features& features, const std::string& name,
                                        int gpu) = nullptr;
};

// Every kind of set that has a name of its own; each entry stands in a source of its own.
const std::vector<const FeatureSetKind*>& feature_set_kinds();
const FeatureSetKind& kind_of(config::FeatureSet set);
const FeatureSetKind& kind_of(const config::AudioSet& set);

// The first dataset of the set, which models learn from.
std::string dataset_of(const config::AudioSet& set);

extern const FeatureSetKind ehc_set;
extern const FeatureSetKind classic_set;
extern const FeatureSetKind fbank_set;
extern const FeatureSetKind encoder_set;

// What a study's own table (data.table) holds.
inline constexpr config::FeatureSet set_of_tables = config::FeatureSet::ehc;

// Adds one sample's values to an array.
template <typename T>
void append(SampleArray& array, const std::vector<T>& values) {
  auto& all = std::get<std::vector<T>>(array.values);
  all.insert(all.end(), values.begin(), values.end());
}

}  // namespace musicmem::features
