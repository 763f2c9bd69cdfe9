// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/recorded_clip.h"
#include "features/fbank.h"
#include "features/feature_set.h"
#include "features/sound/audio.h"

namespace musicmem::features {
namespace {

// Raised whenever the code computes other numbers from the same audio, as classic_version.
constexpr int version = 2;

class FbankSet : public SetExtractor {
 public:
  explicit FbankSet(const config::ClipGeometry& clip) : samples_(clip_samples(clip)) {}

  std::vector<SampleArray> empty_arrays() const override {
    return {{"fbank",
             "Kaldi log-mel filter bank before padding and normalisation",
             "natural log of power",
             {},
             {static_cast<std::uint64_t>(fbank_frames(samples_)), fbank_mel_bins},
             std::vector<float>()}};
  }

  void append(std::size_t, ClipAnalysis& clip, std::vector<SampleArray>& arrays) override {
    features::append(arrays[0], fbank(clip.samples()));
  }

 private:
  std::size_t samples_;  // of a clip
};

}  // namespace

constinit const FeatureSetKind fbank_set = {
    .set = config::FeatureSet::fbank,
    .is_spectrogram = true,
    .uses_spectrum = false,
    .bytes = 500 * fbank_mel_bins * sizeof(float),
    .parameters =
        [](const config::Features& features, const std::string&) {
          return "version: " + std::to_string(version) +
                 "\nmel_bins: " + std::to_string(features.fbank.mel_bins) + "\n" +
                 data::clip_parameters(features.clip);
        },
    .open = [](const config::Features& features, const std::string&, int) -> std::unique_ptr<SetExtractor> {
      return std::make_unique<FbankSet>(features.clip);
    }};

}  // namespace musicmem::features
