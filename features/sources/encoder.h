// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/late_function.h"
#include "config/settings/feature_source.h"
#include "data/files/npy_array.h"

#include <memory>
#include <vector>

namespace musicmem::features {

// A network that makes arrays of sound: [dim], [time, dim] or [layers, time, dim] of a clip.
class Encoder {
 public:
  virtual ~Encoder() = default;

  // Of clips of one length at the study's rate. Throws Error where the network fails on them, or gives something else
  // or what is not finite.
  virtual std::vector<data::NumberArray> encode(const std::vector<std::vector<float>>& clips) = 0;
};

// open_torchscript_encoder() of torchscript_encoder.h.
inline constinit LateFunction<std::unique_ptr<Encoder>(const config::FeatureSource& settings, int gpu)>
    open_encoder_late;

}  // namespace musicmem::features
