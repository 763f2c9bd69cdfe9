// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/files/event_file.h"
#include "launcher/study/plan.h"
#include "launcher/study/start.h"
#include "models/protocol/candidates.h"
#include "models/protocol/fold_fit.h"

#include <cstdint>
#include <memory>

// How every fit begins and ends on disk, whatever the model.
namespace musicmem::launcher {

// What the fits of a model that learns epoch by epoch follow from, under the names of its settings; `batch`
// is that of the variant. Settings that change nothing beside the others are left out.
data::HyperParameters hyper_parameters(config::ModelSpec model, config::Variant variant);

// The event file of a fit that learns epoch by epoch, which goes on from `first_step` (0: starts anew); null
// for others.
// `model`: the fit's, with the settings that it has.
std::unique_ptr<data::EventFile> begin_events(const HeldRun& run, const config::Experiment& experiment,
                                              const FitTask& fit, const config::ModelSpec& model,
                                              std::int64_t first_step = 0);

// Puts the fit's files into the run, if this start still owns it. `search`: what chose its settings, or null. Throws
// Error that says what could not be written.
void publish(const HeldRun& run, const Study& study, const FitTask& fit, const models::FoldFitResult& result,
             const models::SearchOutcome* search);

}  // namespace musicmem::launcher
