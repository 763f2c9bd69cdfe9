// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/store/store_key.h"

#include "config/experiment.h"
#include "data/files/hash.h"
#include "features/feature_set.h"
#include "features/sound/pitch_shift.h"

#include <fmt/ranges.h>

namespace musicmem::features {

StoreKey store_key(const config::AudioSet& set, const config::Experiment& experiment) {
  const FeatureSetKind& kind = kind_of(set);
  StoreKey key{set, "", "", {}};
  key.parameters = fmt::format("feature_set: {}\n{}pitch_semitones: [{}]\n", dataset_of(set),
                               kind.parameters(experiment.features, set.name),
                               fmt::join(experiment.augment.pitch_semitones, ", "));
  if (!experiment.augment.pitch_semitones.empty())
    key.parameters += fmt::format("pitch_shift_version: {}\n", pitch_shift_version);
  key.hash = data::checksum(key.parameters).substr(0, 16);
  if (kind.notes != nullptr) key.notes = kind.notes(experiment.features);
  return key;
}

}  // namespace musicmem::features
