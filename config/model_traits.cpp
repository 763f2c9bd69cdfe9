// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/model_traits.h"

#include <algorithm>

namespace musicmem::config {

const std::vector<KnownModel>& known_models() {
  static const std::vector<KnownModel> models = {
      {"mean",
       {.uses_features = false,
        .uses_randomness = false,
        .stops_early = false,
        .takes_weights = false,
        .predicts_label_mean = true}},
      {"random", {.uses_features = false, .stops_early = false, .takes_weights = false}},
      {"ridge", {.uses_randomness = false, .stops_early = false}},
      {"svr", {.uses_randomness = false, .stops_early = false, .takes_weights = false}},
      {"mlp", {}},
      {"ssast", {.takes_spectrograms = true, .distributed = true, .can_be_pretrained = true}}};
  return models;
}

ModelTraits traits_of(std::string_view name) {
  const auto known = std::ranges::find(known_models(), name, &KnownModel::name);
  return known == known_models().end() ? ModelTraits{} : known->traits;
}

}  // namespace musicmem::config
