// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/setting.h"

#include <filesystem>
#include <vector>

namespace musicmem::config {

struct MlpSettings {
  std::vector<int> hidden = {100, 32};
  double dropout = 0.5;
  double learning_rate = 1e-4;
  int batch = 16;
  int batch_augmented = 64;
  int max_epochs = 500;
  int patience = 10;
  double ranking_weight = 0.0;
  bool center_labels = false;
  std::filesystem::path weights;  // empty: training starts from random ones
};

template <class V, SettingsOf<MlpSettings> S>
void visit(V& v, S& mlp) {
  using enum Effect;
  v("hidden", mlp.hidden, fits, between(1, 100000), "widths of the hidden layers");
  v("dropout", mlp.dropout, fits, between(0.0, 0.99), "share of the units that a step leaves out");
  v("learning_rate", mlp.learning_rate, fits, between(1e-12, 10.0), "of Adam");
  v("batch", mlp.batch, fits, between(1, many), "rows of one step");
  v("batch_augmented", mlp.batch_augmented, fits, between(1, many), "the same, in augmented variants");
  v("max_epochs", mlp.max_epochs, fits, between(1, many), "epochs at most");
  v("patience", mlp.patience, fits, between(1, many),
    "stop after so many epochs without a better validation error");
  v("ranking_weight", mlp.ranking_weight, fits, between(0.0, 1.0),
    "share of the pairwise ranking loss; 0 for none");
  v("center_labels", mlp.center_labels, fits, "learn the labels less the mean of the training labels");
  v("weights", mlp.weights, fits_unless_default, WordOrPath{"none"},
    "weights.h5 of an mlp of the same widths that training starts from");
}

}  // namespace musicmem::config
