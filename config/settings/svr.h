// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/setting.h"

#include <optional>

namespace musicmem::config {

enum class SvrKernel { rbf, linear };

constexpr Words<SvrKernel, 2> words(SvrKernel) {
  return {{{"rbf", SvrKernel::rbf}, {"linear", SvrKernel::linear}}};
}

struct SvrSettings {
  SvrKernel kernel = SvrKernel::rbf;
  double c = 1.0;
  double epsilon = 0.1;
  std::optional<double> gamma = std::nullopt;  // empty: "scale"
  double tolerance = 1e-3;
};

template <class V, SettingsOf<SvrSettings> S>
void visit(V& v, S& svr) {
  using enum Effect;
  constexpr double tiny = 1e-12;
  constexpr double huge = 1e12;
  v("kernel", svr.kernel, fits, "of the support vectors");
  v("C", svr.c, fits, between(tiny, huge), "cost of an error beyond epsilon: more follows the labels closer");
  v("epsilon", svr.epsilon, fits, between(0.0, huge), "errors up to it cost nothing");
  v.matters_if(svr.kernel == SvrKernel::rbf, "kernel: rbf", [&] {
    v("gamma", svr.gamma, fits, WordOr<double>{"scale", {tiny, huge}},
      "of exp(-gamma |a - b|^2); scale is 1 / (features x variance)");
  });
  v("tolerance", svr.tolerance, fits, between(tiny, 1.0), "at which the solver stops");
}

}  // namespace musicmem::config
