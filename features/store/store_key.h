// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/features.h"

#include <string>
#include <utility>
#include <vector>

namespace musicmem::config {
struct Experiment;
}

namespace musicmem::features {

// What was computed how: everything that a feature's value depends on besides the audio, as text for people
// and as the name of the store's directory.
struct StoreKey {
  config::AudioSet set;
  std::string parameters;  // "name: value" lines, the algorithm's version among them
  std::string hash;        // of the parameters

  // What a reader of the numbers must know, as attributes of the files: name and text.
  std::vector<std::pair<std::string, std::string>> notes;
};

// Reads the separator, the emotion weights and the encoder, if the settings name them: their bytes are part of the key.
StoreKey store_key(const config::AudioSet& set, const config::Experiment& experiment);

}  // namespace musicmem::features
