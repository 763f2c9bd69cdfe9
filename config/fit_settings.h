// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/experiment.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

namespace musicmem::config {

// Whether the model's fits follow from what holds for spectrograms alone (Effect::spectrogram_fits).
bool takes_spectrograms(const ModelSpec& model);

// The model with "auto" replaced by what it stands for in this study.
ModelSpec resolved(const ModelSpec& model, const Features& features);

// The settings that the fits of a model follow from, beside the features that they read: by path, with
// "model" for its entry ("cross_validation.folds" -> "10", "model.C" -> "1"). The effect of each setting says
// whether it belongs here; one that changes nothing beside the others does not. `content` stands for a file:
// of another content it is another setting, wherever it lies.
std::map<std::string, std::string> fit_settings(
    const Experiment& experiment, std::size_t model,
    const std::function<std::string(const std::filesystem::path&)>& content);

}  // namespace musicmem::config
