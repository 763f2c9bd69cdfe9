// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/setting.h"

namespace musicmem::config {

struct RidgeSettings {
  double alpha = 1.0;
};

template <class V, SettingsOf<RidgeSettings> S>
void visit(V& v, S& ridge) {
  constexpr double huge = 1e12;
  v("alpha", ridge.alpha, Effect::fits, between(0.0, huge),
    "penalty on the squares of the slope; 0: least squares, whose shortest slope is taken where there are several");
}

}  // namespace musicmem::config
