// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/late_function.h"
#include "models/protocol/fold_fit.h"
#include "models/ssast/spectrogram_source.h"
#include "models/ssast/training/run.h"

#include <string>
#include <vector>

namespace musicmem::config {
struct Experiment;
}

namespace musicmem::models {

// One cell of the study's grid for SSAST: splits, trains and tests as fit_fold does, on log-mel instead of
// tables of numbers. `request.table` is the rows of the spectrograms' table. The weights come out as
// `checkpoint`; they take input normalised with AudioSet's statistics and give scores, whatever the fit was
// trained with.
//
// Collective in run.group; every rank returns the same. Throws as train_ssast does.
FoldFitResult fit_ssast(const FoldFitRequest& request, SpectrogramSource& spectrograms, const SsastRun& run);
inline constinit LateFunction<decltype(fit_ssast)> fit_ssast_late;

struct SsastCheck {
  std::vector<std::string> taken;  // how each file of pre-trained weights is read
  std::vector<std::string>
      warnings;  // what may not be meant: weights that stay random, another possible grid
};

// What every fit of the study's ssast models would meet, to be asked before the study costs anything. Throws
// Error where the pre-trained weights cannot be loaded, the target length is shorter than a patch or the
// batch smaller than the group.
SsastCheck check_ssast_models(const config::Experiment& experiment);
inline constinit LateFunction<decltype(check_ssast_models)> check_ssast_models_late;

}  // namespace musicmem::models
