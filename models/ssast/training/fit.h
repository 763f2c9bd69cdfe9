// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/protocol/model_kind.h"
#include "models/ssast/spectrogram_source.h"

namespace musicmem::models {

// One cell of the study's grid for SSAST: splits, trains and tests as fit_fold does, on log-mel instead of
// tables of numbers. `request.table` is the rows of run.spectrograms' table. The weights come out as
// `checkpoint`; they take input normalised with AudioSet's statistics and give scores, whatever the fit was
// trained with.
//
// Collective in run.group; every rank returns the same. Throws as train_ssast does.
FoldFitResult fit_ssast(const FoldFitRequest& request, const FitRun& run);

// What may not be meant: weights that stay random, another possible grid. Throws Error where the pre-trained
// weights cannot be loaded, the target length is shorter than a patch or the batch smaller than the group.
ModelCheck check_ssast(const config::Experiment& experiment, const config::ModelSpec& model);

}  // namespace musicmem::models
