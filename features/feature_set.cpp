// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/feature_set.h"

#include <algorithm>

namespace musicmem::features {

const std::vector<const FeatureSetKind*>& feature_set_kinds() {
  static const std::vector<const FeatureSetKind*> kinds = {&ehc_set, &classic_set, &fbank_set};
  return kinds;
}

const FeatureSetKind& kind_of(config::FeatureSet set) {
  if (set == encoder_set.set) return encoder_set;
  return **std::ranges::find(feature_set_kinds(), set, &FeatureSetKind::set);
}

const FeatureSetKind& kind_of(const config::AudioSet& set) {
  return kind_of(set.kind);
}

std::string dataset_of(const config::AudioSet& set) {
  return set.kind == encoder_set.set ? "encoder" : to_string(set.kind);
}

}  // namespace musicmem::features
