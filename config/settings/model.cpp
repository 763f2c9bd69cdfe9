// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/model.h"

#include "config/nearest.h"
#include "config/plain_name.h"

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
  for (auto variant = model.variants.begin(); variant != model.variants.end(); ++variant) {
    const std::string text = to_string(*variant);
    if (model.name == "svr" && uses_lds_weights(*variant)) {
      return Conflict{"variants", "svr has no variant '" + text + "': LIBSVM gives every row the same C",
                      "use vanilla or augmented, or the mlp"};
    }
    if ((model.name == "mean" || model.name == "random") && *variant != Variant::vanilla) {
      return Conflict{"variants", model.name + " has only the variant vanilla", "leave out '" + text + "'"};
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

std::optional<Conflict> conflict_of_features(const ModelSpec& model) {
  const bool takes_spectrograms = model.name == "ssast";
  if (takes_spectrograms == (model.features == FeatureSet::fbank)) return std::nullopt;
  return Conflict{
      "features",
      takes_spectrograms ? "ssast takes fbank features" : model.name + " takes ehc or classic features", ""};
}

}  // namespace

const std::vector<std::string>& model_names() {
  static const std::vector<std::string> names = {"mean", "random", "svr", "mlp", "ssast"};
  return names;
}

std::optional<Conflict> conflict(const ModelSpec& model) {
  for (const auto& look :
       {conflict_of_name, conflict_of_variants, conflict_of_controls, conflict_of_features}) {
    if (auto found = look(model)) return found;
  }
  return model.name == "ssast" ? conflict(model.ssast) : std::nullopt;
}

}  // namespace musicmem::config
