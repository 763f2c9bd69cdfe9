// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/results/model_warnings.h"

#include "config/experiment.h"
#include "config/model_traits.h"

#include <cstdio>

namespace musicmem::launcher {

std::string random_weights_note(const std::string& models) {
  return models +
         " started from random weights, not with pre-trained ones: its numbers do not say what a pre-trained "
         "transformer reaches";
}

std::string initial_weights_of(const config::ModelSpec& model) {
  if (!config::traits_of(model.name).can_be_pretrained) return "";
  return model.ssast.pretrained.empty() ? random_weights : "pretrained";
}

void warn_of_control(const std::string& model, const std::string& variant) {
  if (variant != "shuffled") return;
  std::fprintf(stderr,
               "musicmem: warning: %s shuffled is a control, trained on permuted labels: neither its scores "
               "nor what explains them say anything about the clips\n",
               model.c_str());
}

void warn_of_model(const config::Experiment& experiment, const std::string& model,
                   const std::string& variant) {
  warn_of_control(model, variant);
  for (const config::ModelSpec& spec : experiment.models) {
    if (spec.label == model && initial_weights_of(spec) == random_weights)
      std::fprintf(stderr, "musicmem: warning: %s\n", random_weights_note(model).c_str());
  }
}

}  // namespace musicmem::launcher
