// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace musicmem::config {

// What a kind of model is like, for those who read, plan and report: they ask for a trait, never for a name.
struct ModelTraits {
  bool uses_features = true;         // otherwise rows may have no columns and a track is one row
  bool uses_randomness = true;       // otherwise the seed does not matter
  bool stops_early = true;           // learns epoch by epoch and needs a validation part
  bool takes_weights = true;         // the loss can weigh rows, as LDS variants do
  bool takes_spectrograms = false;   // instead of rows of named columns
  bool distributed = false;          // a fit takes a whole group of ranks, and is kept while it goes on
  bool can_be_pretrained = false;    // begins from weights of a file, or from random ones
  bool predicts_label_mean = false;  // of the tracks that it learned from
};

struct KnownModel {
  std::string_view name;
  ModelTraits traits;
};

// Every kind of model that an experiment may name.
const std::vector<KnownModel>& known_models();

// By its name; the defaults for a name of another version of the program.
ModelTraits traits_of(std::string_view name);

}  // namespace musicmem::config
