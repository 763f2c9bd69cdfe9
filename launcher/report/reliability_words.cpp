// SPDX-License-Identifier: GPL-3.0-or-later
// The part of words.h on how well listeners agree, and what could be attained.
#include "launcher/report/words.h"
#include "launcher/text/markup.h"

#include <fmt/format.h>

namespace musicmem::launcher {
namespace {

std::string splits_text(const models::Reliability& reliability) {
  std::string text;
  if (reliability.splits > 0) text += ", mean of " + with_thousands(reliability.splits) + " splits";
  if (reliability.split_half_sd)
    text += ", standard deviation over them " + rounded(*reliability.split_half_sd);
  return text;
}

}  // namespace

std::optional<models::Reliability> reliability_of(const RunPlan& plan) {
  if (plan.reliability) return plan.reliability;
  return plan.ytmm ? std::optional(models::reliability_of_ytmm()) : std::nullopt;
}

std::string reliability_text(const models::Reliability& reliability) {
  const std::string halves = "half against half " + rounded(reliability.split_half_mean, 2);
  return reliability.ceiling ? halves + "; attainable " + rounded(*reliability.ceiling, 2) : halves;
}

std::optional<double> attainable_share(const RunPlan& plan, const FitGroup& group) {
  const auto reliability = reliability_of(plan);
  if (!reliability || !reliability->ceiling || !group.pooled_spearman) return std::nullopt;
  return *group.pooled_spearman / *reliability->ceiling;
}

Table reliability_table(const RunResults& results) {
  using enum Column::Kind;
  const auto reliability = reliability_of(results.plan);
  Table table{.columns = {{"model", name, "Model"},
                          {"variant", name, "Variant"},
                          {"pooled Spearman", number, "Pooled Spearman"},
                          {"attainable", number, "Attainable"},
                          {"share of the attainable", number, "Share"}}};
  if (!reliability || !reliability->ceiling) return table;
  for (const FitGroup& group : results.groups) {
    if (group.is_share()) continue;
    table.rows.push_back({group.model_title(), group.variant, rounded(group.pooled_spearman),
                          rounded(*reliability->ceiling), rounded(attainable_share(results.plan, group))});
  }
  return table;
}

std::vector<std::string> reliability_notes(const RunResults& results) {
  const auto reliability = reliability_of(results.plan);
  if (!reliability) return {};
  std::vector<std::string> notes = {fmt::format(
      "Listeners agree with each other: {}. The first is the Spearman correlation of the scores of two random "
      "halves of the listeners{}.",
      reliability_text(*reliability), splits_text(*reliability))};
  if (!reliability->ceiling) {
    notes.emplace_back(
        "The halves do not agree, so that the scores have no reliability and no correlation with them can be called "
        "attainable.");
    return notes;
  }
  if (reliability->spearman_brown) {
    notes.push_back(fmt::format(
        "The labels come from all listeners, twice as many: their reliability is 2r/(1+r) = {} (Spearman and Brown, "
        "1910). Its square root, {}, is what a perfect predictor would reach on average; no model is measured by the "
        "agreement of the halves, which is lower.",
        rounded(*reliability->spearman_brown, 2), rounded(*reliability->ceiling, 2)));
  }
  notes.emplace_back("Share of the attainable: pooled Spearman correlation by the attainable one.");
  return notes;
}

}  // namespace musicmem::launcher
