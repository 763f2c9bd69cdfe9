// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/recorded_clip.h"
#include "features/descriptors/functionals.h"
#include "features/feature_set.h"

#include <algorithm>

namespace musicmem::features {
namespace {

class ClassicSet : public SetExtractor {
 public:
  std::vector<SampleArray> empty_arrays() const override {
    return {{"classic",
             "librosa's classic features, each bin's mean over the clip's frames",
             "",
             {},
             {},
             std::vector<double>()}};
  }

  void append(std::size_t, ClipAnalysis& clip, std::vector<SampleArray>& arrays) override {
    const PooledFeatures pooled = mean_pooled(clip.classic());
    arrays[0].columns = pooled.columns;
    arrays[0].shape = {pooled.columns.size()};
    features::append(arrays[0], pooled.values);
  }

  std::vector<SampleArray> over_time(ClipAnalysis& clip) const override {
    std::vector<SampleArray> arrays;
    for (const FeatureMatrix& matrix : clip.classic()) {
      arrays.push_back({matrix.name,
                        "librosa." + matrix.name + " by default, bins first and frames last",
                        matrix.unit,
                        {},
                        {static_cast<std::uint64_t>(matrix.bins), static_cast<std::uint64_t>(matrix.frames)},
                        matrix.values});
    }
    return arrays;
  }
};

const std::vector<std::string> groups = {"chroma", "tonnetz",  "tempogram",          "onset_strength",
                                         "mfcc",   "spectral", "zero_crossing_rate", "rms"};

// "mfcc" of "mfcc_delta2_07".
std::string group_of(const std::string& column) {
  const auto group =
      std::ranges::find_if(groups, [&](const std::string& name) { return column.starts_with(name); });
  return group == groups.end() ? "" : *group;
}

}  // namespace

constinit const FeatureSetKind classic_set = {
    .set = config::FeatureSet::classic,
    .columns = 500,
    .bytes = 900 * 1024,
    .parameters =
        [](const config::Features& features, const std::string&) {
          return "version: " + std::to_string(classic_version) + "\n" + data::clip_parameters(features.clip);
        },
    .groups = [](const config::Features&) { return groups; },
    .group = group_of,
    .open = [](const config::Features&, const std::string&, int) -> std::unique_ptr<SetExtractor> {
      return std::make_unique<ClassicSet>();
    }};

}  // namespace musicmem::features
