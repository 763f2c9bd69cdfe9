// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/model.h"

#include <string>

namespace musicmem::config {
struct Experiment;
}

namespace musicmem::launcher {

// "ssast started from random weights, ...": of one model or several, as a sentence without its point.
std::string random_weights_note(const std::string& models);

// How the weights of a model begin: random_weights or "pretrained"; empty of models that take none.
inline constexpr const char* random_weights = "random";
std::string initial_weights_of(const config::ModelSpec& model);

// Says on the terminal that the variant is the control, where it is.
void warn_of_control(const std::string& model, const std::string& variant);

// Says on the terminal what must be known of a run's model before its scores or explanations are believed:
// that its variant is the control, that it began with random weights. `experiment`: of the run's plan.
void warn_of_model(const config::Experiment& experiment, const std::string& model,
                   const std::string& variant);

}  // namespace musicmem::launcher
