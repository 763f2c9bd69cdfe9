// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/sources/encoder.h"

#include <memory>

namespace musicmem::features {

// An encoder exported as TorchScript: maps mono sound at its own rate, [batch, samples], to [batch, dim],
// [batch, time, dim] or [batch, layers, time, dim]. Clips go through in batches of settings.batch, one by one where the
// module accepts no more than one. Runs on a GPU where LibTorch sees one. Throws Error if the file is missing or is no
// TorchScript module.
std::unique_ptr<Encoder> open_torchscript_encoder(const config::FeatureSource& settings, int gpu);

}  // namespace musicmem::features
