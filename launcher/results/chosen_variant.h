// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/results/fit_group.h"

#include <string>
#include <vector>

// The variant that stands for its model in comparisons, figures, explanations and predictions.
namespace musicmem::launcher {

struct ChosenVariant {
  const FitGroup* group = nullptr;
  bool is_alone = false;       // the model has no other
  bool by_validation = false;  // else the model has no validation set, or no finished fit

  // For people: "mlp is represented by lds, its best variant by validation".
  std::string text() const;
};

// The variant with the highest mean Spearman correlation on the validation sets, in which the test labels
// have no part; the first one of models without validation sets. `variants`: of one model, at least one.
ChosenVariant choose_variant(const std::vector<const FitGroup*>& variants);

// The variants of a run's model with the validation results of their finished fits, and nothing else that a
// report knows of them; controls left out. Empty where the run has no such model.
std::vector<FitGroup> read_variants(const RunDirectory& run, const RunPlan& plan, const std::string& model);

// choose_variant() of read_variants(): the variant's name, which is said in `text` where there was a choice.
std::string choose_variant(const RunDirectory& run, const RunPlan& plan, const std::string& model,
                           std::string& text);

}  // namespace musicmem::launcher
