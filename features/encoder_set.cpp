// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "data/recorded_clip.h"
#include "features/feature_set.h"
#include "features/sources/array_rows.h"
#include "features/sources/encoder.h"

namespace musicmem::features {
namespace {

// Raised whenever the code computes other numbers from the same audio, as classic_version.
constexpr int version = 1;

class EncoderSet : public SetExtractor {
 public:
  EncoderSet(const config::FeatureSource& settings, int gpu)
      : settings_(settings), encoder_(open_encoder_late(settings, gpu)) {}

  void open(const PitchVariants& variants) override {
    rows_.clear();
    for (const data::NumberArray& array : encoder_->encode(variants.samples))
      rows_.push_back(rows_of_array(array, settings_.reading, settings_.encoder.string()));
  }

  std::vector<SampleArray> empty_arrays() const override {
    return {{"encoder", "what an encoder makes of the clip", "", {}, {}, std::vector<double>()}};
  }

  void append(std::size_t variant, ClipAnalysis&, std::vector<SampleArray>& arrays) override {
    const ArrayRows& rows = rows_.at(variant);
    arrays[0].columns = rows.columns;
    arrays[0].shape = {rows.columns.size()};
    if (settings_.reading.per == config::RowsPer::segment)
      arrays[0].shape.insert(arrays[0].shape.begin(), rows.values.rows());
    features::append(arrays[0], rows.values.values());
  }

 private:
  config::FeatureSource settings_;
  std::unique_ptr<Encoder> encoder_;
  std::vector<ArrayRows> rows_;  // of each opened variant
};

std::string parameters(const config::Features& features, const std::string& name) {
  const config::FeatureSource& set = features.sets.at(name);
  return "version: " + std::to_string(version) +
         "\nencoder: " + data::checksum(data::read_file(set.encoder)) +
         "\nencoder_rate: " + std::to_string(set.sample_rate) + "\nreading: " + reading_text(set) + "\n" +
         data::clip_parameters(features.clip);
}

}  // namespace

constinit const FeatureSetKind encoder_set = {
    .set = config::FeatureSet::encoder,
    .uses_spectrum = false,
    .computes_with_torch = true,
    .columns = 1024,
    .bytes = 1024 * sizeof(double),
    .parameters = parameters,
    .open = [](const config::Features& features, const std::string& name,
               int gpu) -> std::unique_ptr<SetExtractor> {
      return std::make_unique<EncoderSet>(features.sets.at(name), gpu);
    }};

}  // namespace musicmem::features
