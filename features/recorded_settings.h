// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/feature_choice.h"
#include "config/settings/features.h"

#include <map>
#include <string>

namespace musicmem::features {

// What a weights file records of how the features were made that its model learned from, by name: what a
// clip's must be made with to be scored by it. `learned_from`: the model's sets.
std::map<std::string, std::string> recorded_settings(const config::Features& features,
                                                     const config::FeatureChoice& learned_from);

// Sets how features are made as a weights file, `origin`, records it, without the files of sets that were made
// elsewhere; other texts are passed over. Throws Error for features that need more than the audio.
void take_recorded_settings(config::Features& features, const std::map<std::string, std::string>& texts,
                            const std::string& origin);

}  // namespace musicmem::features
