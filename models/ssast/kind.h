// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/late_function.h"
#include "models/protocol/model_kind.h"

namespace musicmem::models {

// The spectrogram transformer among the kinds of models.
extern const ModelKind ssast_kind;

// fit_ssast() and check_ssast() of training/fit.h.
inline constinit LateFunction<FoldFitResult(const FoldFitRequest& request, const FitRun& run)> fit_ssast_late;
inline constinit LateFunction<ModelCheck(const config::Experiment& experiment,
                                         const config::ModelSpec& model)>
    check_ssast_late;

}  // namespace musicmem::models
