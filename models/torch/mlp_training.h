// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/mlp.h"
#include "models/tabular/mlp.h"

#include <cstdint>

namespace musicmem::models {

// Trains layers of settings.hidden widths with ReLU and dropout by Adam (D. Kingma, J. Ba, 2015) on mlp_loss,
// in shuffled batches, until the validation error per row has not fallen for settings.patience epochs.
//
// Both sets need rows. Runs on one thread in float32; first weights, order of rows and dropout
// follow from `seed` alone, so that the same call gives the same bits. Throws Error if the
// validation error is never finite.
//
// `events`, where there is one, is told of every epoch: losses, validation metrics over rows, learning rate,
// norm of the gradient (mean over batches) and rows per second.
// `initial`: the network to start from, of these widths; empty for random weights.
MlpFit train_mlp(const TrainingSet& train, const TrainingSet& validation, const config::MlpSettings& settings,
                 std::uint64_t seed, data::EventFile* events = nullptr, const DenseNetwork& initial = {});

}  // namespace musicmem::models
