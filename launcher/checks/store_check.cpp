// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/checks/store_check.h"

#include "launcher/study/prepared_features.h"
#include "launcher/study/study.h"

#include <algorithm>
#include <string>

namespace musicmem::launcher {
namespace {

// Else there is no need to read the audio, whose hashes tell the study's shards.
bool has_predecessors(const Study& study) {
  return std::ranges::any_of(feature_sets(study.experiment), [&](const config::AudioSet& set) {
    const features::StoreKey key = features::store_key(set, study.experiment);
    return features::FeatureStore(study.experiment.features.store, key).has_predecessor();
  });
}

}  // namespace

std::vector<Finding> check_stores(const Study& study) {
  if (!is_from_audio(study.experiment) || !has_predecessors(study)) return {};
  Finding finding{false,
                  "holds other values than its shards, as a write to it had failed",
                  "the next run replaces it",
                  {}};
  for (const PreparedFeatures& prepared : prepared_features(look_at_inputs(study))) {
    if (prepared.store.has_damaged_predecessor(prepared.entries))
      finding.places.push_back(prepared.store.predecessor_path().string());
  }
  return finding.places.empty() ? std::vector<Finding>() : std::vector<Finding>{finding};
}

}  // namespace musicmem::launcher
