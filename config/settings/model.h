// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/component_choice.h"
#include "config/settings/feature_choice.h"
#include "config/settings/features.h"
#include "config/settings/mlp.h"
#include "config/settings/ridge.h"
#include "config/settings/search.h"
#include "config/settings/setting.h"
#include "config/settings/ssast.h"
#include "config/settings/svr.h"
#include "config/settings/variant.h"

#include <string>
#include <vector>

namespace musicmem::config {

// An entry of `models`.
struct ModelSpec {
  std::string name;   // one of model_names()
  std::string label;  // its directory and its name in reports; the name unless two entries share it
  std::vector<Variant> variants = {Variant::vanilla};
  std::vector<std::string> controls;  // "shuffled" or none
  std::vector<std::string> ablate;    // "without", "only"
  FeatureChoice features = {{"ehc"}};
  ComponentChoice pca;
  Search search;
  RidgeSettings ridge;
  SvrSettings svr;
  MlpSettings mlp;
  SsastSettings ssast;

  bool shuffled_control() const { return !controls.empty(); }
};

const std::vector<std::string>& model_names();

template <class V, SettingsOf<ModelSpec> S>
void visit(V& v, S& model) {
  using enum Effect;
  v("name", model.name, fits, OneOf{model_names()}, "the kind of model");
  v("label", model.label, fits, "its name in reports and directories, and in overrides; else its kind");
  v("variants", model.variants, study,
    "each is fitted: pitch-shifted rows and weights by label density added");
  v("controls", model.controls, study, OneOf{{"shuffled"}}, "also fit to permuted labels");
  v("ablate", model.ablate, study, OneOf{{"without", "only"}},
    "fit its first variant also without each block of its features (harmony, tempo ...; a set), or on one of them alone");
  v("features", model.features, fits,
    "what it learns from: ehc, classic, or a set of features.sets, or several in a list; ssast takes fbank");
  v("pca", model.pca, fits_unless_default,
    "take so many principal components of the z-scored features instead of them, or the fewest that hold this share of "
    "their variance");
  v("search", model.search, fits_unless_default,
    "choose these settings anew for each fit, by cross-validation within its training tracks");
  v.kind("ridge", model.name == "ridge", model.ridge);
  v.kind("svr", model.name == "svr", model.svr);
  v.kind("mlp", model.name == "mlp", model.mlp);
  v.kind("ssast", model.name == "ssast", model.ssast);
}

std::optional<Conflict> conflict(const ModelSpec& model);

}  // namespace musicmem::config
