// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/feature_set.h"

#include <algorithm>

namespace musicmem::features {

const std::vector<const FeatureSetKind*>& feature_set_kinds() {
  static const std::vector<const FeatureSetKind*> kinds = {&ehc_set, &classic_set, &fbank_set};
  return kinds;
}

const FeatureSetKind& kind_of(config::FeatureSet set) {
  return **std::ranges::find(feature_set_kinds(), set, &FeatureSetKind::set);
}

}  // namespace musicmem::features
