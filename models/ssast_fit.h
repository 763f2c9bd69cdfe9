// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/fold_fit.h"
#include "models/spectrogram_source.h"
#include "models/ssast_run.h"

namespace musicmem::models {

// One cell of the study's grid for SSAST: splits, trains and tests as fit_fold does, on log-mel instead of
// tables of numbers. `request.table` is the rows of the spectrograms' table. The weights come out as
// `checkpoint`; they take input normalised with AudioSet's statistics and give scores, whatever the fit was
// trained with.
//
// Collective in run.group; every rank returns the same. Throws as train_ssast does.
FoldFitResult fit_ssast(const FoldFitRequest& request, SpectrogramSource& spectrograms, const SsastRun& run);

// Throws Error, as each fit would, where the study's pre-trained weights cannot be loaded: to be asked before
// a study costs anything.
void require_pretrained(const config::Experiment& experiment);

}  // namespace musicmem::models
