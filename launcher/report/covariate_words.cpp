// SPDX-License-Identifier: GPL-3.0-or-later
// The part of words.h on what predictions know beside data.covariates.
#include "launcher/report/words.h"
#include "launcher/text/markup.h"

#include <fmt/ranges.h>

namespace musicmem::launcher {
namespace {

// "popularity 0.412, year -0.100": correlations with the labels, over all tracks.
std::string correlations_with_labels(const RunPlan& plan) {
  std::vector<double> labels;
  for (const PlannedTrack& track : plan.tracks) labels.push_back(track.label);
  std::vector<std::string> texts;
  for (std::size_t c = 0; c < plan.covariates.size(); ++c) {
    std::vector<double> values;
    for (const PlannedTrack& track : plan.tracks) values.push_back(track.covariates[c]);
    texts.push_back(plan.covariates[c] + " " + rounded(models::spearman(labels, values)));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

Table covariate_table(const RunResults& results) {
  using enum Column::Kind;
  Table table{.columns = {{"model", name, "Model"},
                          {"variant", name, ""},
                          {"pooled Spearman", number, "Pooled", "pooled"},
                          {"95 % interval", interval, "95\\,\\% interval", "pooled"},
                          {"partial Spearman", number, "Partial", "given the covariates"},
                          {"95 % interval", interval, "95\\,\\% interval", "given the covariates"}},
              .is_wide = true};
  for (const FitGroup& group : results.groups) {
    if (results.plan.covariates.empty() || group.is_share()) continue;
    table.rows.push_back({group.model_title(), group.variant, rounded(group.pooled_spearman),
                          group.pooled_interval, rounded(group.partial_spearman),
                          group.partial_interval.interval});
  }
  return table;
}

std::vector<std::string> covariate_notes(const RunResults& results) {
  const RunPlan& plan = results.plan;
  std::vector<int> resamples;
  for (const FitGroup& group : results.groups) {
    if (group.partial_interval.resamples > 0) resamples.push_back(group.partial_interval.resamples);
  }
  std::vector<std::string> notes = {
      fmt::format(
          "Partial Spearman: correlation of predictions and labels given {} (Pearson's of what a regression on "
          "the covariates' ranks leaves of both ranks), over all tested tracks of a seed at once and averaged "
          "over seeds, with the 95 % percentile bootstrap interval over {} ({} resamples). A model whose partial correlation "
          "is near 0 knows no more of the labels than the covariates say.",
          fmt::join(plan.covariates, ", "), count_groups(plan) > 0 ? "groups" : "tracks",
          resamples_text(resamples)),
      "The model " + std::string(covariates_name) +
          " is their own prediction: ridge regression on the covariates alone, in the same folds. It stands among the "
          "models and in all comparisons; its own partial correlation says nothing and is left out.",
      "Spearman correlations of the labels with the covariates, over all tracks: " +
          correlations_with_labels(plan) + "."};
  for (const FitGroup& group : results.groups) {
    if (group.partial_interval.undefined == 0) continue;
    notes.push_back(group.name() + ": the partial correlation is undefined in " +
                    with_thousands(group.partial_interval.undefined) + " of " +
                    with_thousands(group.partial_interval.resamples) +
                    " resamples, which are left out of its interval.");
  }
  for (const FitGroup& group : results.groups) {
    const auto& interval = group.partial_interval.interval;
    const auto& partial = group.partial_spearman;
    if (!interval || interval->holds(*partial)) continue;
    notes.push_back(group.name() + ": the partial correlation lies outside its bootstrap interval.");
  }
  return notes;
}

}  // namespace musicmem::launcher
