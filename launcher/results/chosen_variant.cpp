// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/results/chosen_variant.h"

#include <algorithm>
#include <optional>

namespace musicmem::launcher {

std::string ChosenVariant::text() const {
  const std::string why = by_validation         ? "its best variant by validation"
                          : group->fits.empty() ? "its first variant, as none of its fits is finished"
                                                : "its first variant, as it has no validation set";
  return group->model_title() + " is represented by " + group->variant + ", " + why;
}

ChosenVariant choose_variant(const std::vector<const FitGroup*>& variants) {
  ChosenVariant chosen{variants.front(), variants.size() == 1};
  std::optional<double> best = variants.front()->validation_spearman();
  for (const FitGroup* group : variants) {
    const std::optional<double> score = group->validation_spearman();
    if (!score || (best && *score <= *best)) continue;
    best = score;
    chosen.group = group;
  }
  chosen.by_validation = best.has_value();
  return chosen;
}

std::vector<FitGroup> read_variants(const RunDirectory& run, const RunPlan& plan, const std::string& model) {
  std::vector<FitGroup> variants;
  for (const PlannedFit& fit : plan.fits) {
    if (fit.model != model) continue;
    const auto same = [&](const FitGroup& group) { return group.variant == fit.variant; };
    auto group = std::find_if(variants.begin(), variants.end(), same);
    if (group == variants.end()) {
      FitGroup added;
      added.model = fit.model;
      added.variant = fit.variant;
      group = variants.insert(variants.end(), std::move(added));
    }
    const PublishedFit published = read_published_fit(run.folds() / fit.directory, fit.hash);
    if (published.state == FitState::good) group->fits.push_back({fit, 0, {}, published.record, {}});
  }
  std::erase_if(variants, [](const FitGroup& group) { return !group.may_stand_for_model(); });
  return variants;
}

std::string choose_variant(const RunDirectory& run, const RunPlan& plan, const std::string& model,
                           std::string& text) {
  const std::vector<FitGroup> variants = read_variants(run, plan, model);
  std::vector<const FitGroup*> pointers;
  for (const FitGroup& group : variants) pointers.push_back(&group);
  if (pointers.empty()) return "";
  const ChosenVariant chosen = choose_variant(pointers);
  if (!chosen.is_alone) text = chosen.text();
  return chosen.group->variant;
}

}  // namespace musicmem::launcher
