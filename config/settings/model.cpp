// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/model.h"

#include "config/model_traits.h"
#include "config/nearest.h"
#include "config/plain_name.h"
#include "config/settings/changed_model.h"

#include <algorithm>

namespace musicmem::config {
namespace {

std::optional<Conflict> conflict_of_name(const ModelSpec& model) {
  const std::vector<std::string>& known = model_names();
  if (std::find(known.begin(), known.end(), model.name) == known.end()) {
    return Conflict{"name", model.name.empty() ? "a model has no name" : "unknown model '" + model.name + "'",
                    suggestion(model.name, known)};
  }
  if (is_plain_name(model.label)) return std::nullopt;
  return Conflict{"label", "'" + model.label + "' cannot name a directory",
                  "use letters, digits, '_', '-' and '.'"};
}

std::optional<Conflict> conflict_of_variants(const ModelSpec& model) {
  if (model.variants.empty()) return Conflict{"variants", "no variant is given", "use [vanilla]"};
  const ModelTraits traits = traits_of(model.name);
  for (auto variant = model.variants.begin(); variant != model.variants.end(); ++variant) {
    const std::string text = to_string(*variant);
    if (!traits.uses_features && *variant != Variant::vanilla) {
      return Conflict{"variants", model.name + " has only the variant vanilla", "leave out '" + text + "'"};
    }
    if (!traits.takes_weights && uses_lds_weights(*variant)) {
      return Conflict{"variants",
                      model.name + " has no variant '" + text + "': it gives every row the same weight",
                      "use vanilla or augmented, or a network"};
    }
    if (std::find(model.variants.begin(), variant, *variant) != variant) {
      return Conflict{"variants", "variant '" + text + "' is given twice", "keep one of them"};
    }
  }
  return std::nullopt;
}

std::optional<Conflict> conflict_of_controls(const ModelSpec& model) {
  for (const std::string& control : model.controls) {
    if (control != "shuffled")
      return Conflict{"controls", "unknown control '" + control + "'", "the only one is: shuffled"};
  }
  return std::nullopt;
}

std::optional<Conflict> conflict_of_ablation(const ModelSpec& model) {
  const ModelTraits traits = traits_of(model.name);
  for (const std::string& how : model.ablate) {
    if (how != "without" && how != "only")
      return Conflict{"ablate", "'" + how + "' is no way of ablation", "use without, only, or both"};
  }
  if (model.ablate.empty() || (traits.uses_features && !traits.takes_spectrograms)) return std::nullopt;
  return Conflict{"ablate", model.name + " has no blocks of features to leave out", "leave out ablate"};
}

std::optional<Conflict> conflict_of_features(const ModelSpec& model) {
  const ModelTraits traits = traits_of(model.name);
  const std::vector<std::string>& sets = model.features.sets;
  const std::string spectrograms = to_string(FeatureSet::fbank);
  if (traits.takes_spectrograms && !model.features.is(spectrograms))
    return Conflict{"features", model.name + " takes fbank features", ""};
  if (!traits.takes_spectrograms && std::ranges::count(sets, spectrograms) > 0)
    return Conflict{"features", model.name + " takes ehc or classic features, or sets of features.sets", ""};
  if (traits.uses_features && sets.empty())
    return Conflict{"features", model.name + " has no features", "name a feature set, such as ehc"};
  for (auto set = sets.begin(); set != sets.end(); ++set) {
    if (std::find(sets.begin(), set, *set) != set)
      return Conflict{"features", "feature set '" + *set + "' is given twice", "keep one of them"};
  }
  return std::nullopt;
}

std::optional<Conflict> conflict_of_components(const ModelSpec& model) {
  const ModelTraits traits = traits_of(model.name);
  if (!model.pca.any() || (traits.uses_features && !traits.takes_spectrograms)) return std::nullopt;
  return Conflict{"pca", model.name + " has no table of features to take components of", "leave out pca"};
}

}  // namespace

const std::vector<std::string>& model_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result;
    for (const KnownModel& model : known_models()) result.emplace_back(model.name);
    return result;
  }();
  return names;
}

std::optional<Conflict> conflict(const ModelSpec& model) {
  for (const auto& look : {conflict_of_name, conflict_of_variants, conflict_of_controls, conflict_of_ablation,
                           conflict_of_features, conflict_of_components, conflict_of_search}) {
    if (auto found = look(model)) return found;
  }
  return conflict(model.ssast);
}

}  // namespace musicmem::config
