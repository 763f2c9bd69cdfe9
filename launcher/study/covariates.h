// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/study/run_plan.h"
#include "launcher/study/study.h"

// What data.covariates says of the tracks beside their sound.
namespace musicmem::launcher {

// Adds the feature set and the baseline model covariates_name where data.covariates is given, unless an experiment that was written out has them already. Throws Error
// where another set or model has the name.
void add_covariate_baseline(config::Experiment& experiment);

// Sets Study::covariates, and warns of those that are the same for every track. Throws Error with file and track where
// one is missing, and with file, line and column for what is not a number.
void read_covariates(Study& study);

}  // namespace musicmem::launcher
