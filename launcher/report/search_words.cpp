// SPDX-License-Identifier: GPL-3.0-or-later
// The part of report.h and words.h on searches of settings.
#include "data/files/csv.h"
#include "launcher/report/report.h"
#include "launcher/report/words.h"
#include "launcher/text/markup.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace musicmem::launcher {
namespace {

std::string choice_text(const SearchRecord& search) {
  std::string text;
  for (const auto& [setting, value] : search.chosen)
    text += (text.empty() ? "" : ", ") + setting + " = " + value;
  return text;
}

// By the metric that chose; empty where it is undefined on the fit's test tracks.
std::optional<double> outer_score(const FinishedFit& fit) {
  return named_metric(fit.record.search->metric).of(fit.metrics);
}

bool is_searched(const FitGroup& group) {
  return std::ranges::any_of(group.fits,
                             [](const FinishedFit& fit) { return fit.record.search.has_value(); });
}

// The searches of a group's fits, added up.
struct SearchSummary {
  std::string metric;
  std::size_t candidates = 0;
  std::size_t undefined = 0;
  std::string usual_choice;  // of most fits, of several the one that comes first
  std::size_t fits_of_usual_choice = 0;
  std::size_t fits = 0;
  std::optional<double> inner;  // means over the fits whose outer score is defined
  std::optional<double> outer;
};

SearchSummary summary_of(const FitGroup& group) {
  SearchSummary summary;
  std::map<std::string, std::size_t> fits_of;
  double inner = 0.0;
  double outer = 0.0;
  std::size_t defined = 0;
  for (const FinishedFit& fit : group.fits) {
    if (!fit.record.search) continue;
    const SearchRecord& search = *fit.record.search;
    summary.metric = search.metric;
    summary.candidates = search.candidates;
    summary.undefined += search.undefined;
    ++summary.fits;
    ++fits_of[choice_text(search)];
    if (const auto score = outer_score(fit)) {
      ++defined;
      inner += search.inner_score;
      outer += *score;
    }
  }
  for (const FinishedFit& fit : group.fits) {
    if (!fit.record.search) continue;
    const std::string choice = choice_text(*fit.record.search);
    if (fits_of[choice] <= summary.fits_of_usual_choice) continue;
    summary.usual_choice = choice;
    summary.fits_of_usual_choice = fits_of[choice];
  }
  if (defined > 0) {
    summary.inner = inner / static_cast<double>(defined);
    summary.outer = outer / static_cast<double>(defined);
  }
  return summary;
}

std::optional<double> difference(const std::optional<double>& a, const std::optional<double>& b) {
  return a && b ? std::optional(*a - *b) : std::nullopt;
}

std::string field(const std::optional<double>& value) {
  return value ? data::format_number(*value) : "";
}

}  // namespace

bool has_searches(const RunResults& results) {
  return std::ranges::any_of(results.groups, is_searched);
}

Table search_table(const RunResults& results) {
  using enum Column::Kind;
  Table table{.columns = {{"model", name, "Model"},
                          {"variant", name, ""},
                          {"candidates", number, "Candidates"},
                          {"chosen most often", name, "Chosen most often"},
                          {"in fits", count, "Fits"},
                          {"by", name, "By"},
                          {"inner score", number, "Inner"},
                          {"outer score", number, "Outer"},
                          {"optimism", number, "Optimism"}},
              .is_wide = true};
  for (const FitGroup& group : results.groups) {
    if (!is_searched(group)) continue;
    const SearchSummary summary = summary_of(group);
    table.rows.push_back({group.model_title(),
                          group.variant,
                          std::to_string(summary.candidates),
                          summary.usual_choice,
                          {summary.fits_of_usual_choice, summary.fits},
                          named_metric(summary.metric).title,
                          rounded(summary.inner),
                          rounded(summary.outer),
                          rounded(difference(summary.inner, summary.outer))});
  }
  return table;
}

Table search_fits_table(const RunResults& results) {
  using enum Column::Kind;
  Table table{.title = "The choice of every fit",
              .columns = {{"model", name},
                          {"variant", name},
                          {"seed", name},
                          {"fold", number},
                          {"chosen", name},
                          {"inner score", number},
                          {"outer score", number},
                          {"optimism", number}},
              .is_folded = true};
  for (const FitGroup& group : results.groups) {
    for (const FinishedFit& fit : group.fits) {
      if (!fit.record.search) continue;
      const std::optional<double> outer = outer_score(fit);
      table.rows.push_back({group.model_title(), group.variant, fit.plan.seed, std::to_string(fit.plan.fold),
                            choice_text(*fit.record.search), rounded(fit.record.search->inner_score),
                            rounded(outer), rounded(difference(fit.record.search->inner_score, outer))});
    }
  }
  return table;
}

std::vector<std::string> search_notes(const RunResults& results) {
  std::vector<std::string> notes = {
      "The settings of these models were chosen anew for each fit, by cross-validation within its training tracks; "
      "its test tracks had no part in it. Inner score: of the choice, mean over the inner folds. Outer score: of the "
      "fit on its test tracks, by the same metric. Optimism is the inner less the outer score, and what choosing the "
      "best of many candidates makes a score look better than it is: above 0 of correlations, below 0 of errors. "
      "Choices that differ from fold to fold say that the candidates are nearly as good as each other, or the tracks "
      "few."};
  std::size_t undefined = 0;
  for (const FitGroup& group : results.groups) undefined += summary_of(group).undefined;
  if (undefined > 0)
    notes.push_back(fmt::format(
        "{} {} had no defined score in some inner fold, as of predictions that are all the same, and could not be "
        "chosen.",
        undefined, undefined == 1 ? "candidate" : "candidates"));
  return notes;
}

std::string searches_csv(const RunResults& results) {
  std::string text =
      "model,variant,seed,fold,chosen,metric,inner_score,outer_score,optimism,candidates,undefined\n";
  for (const FitGroup& group : results.groups) {
    for (const FinishedFit& fit : group.fits) {
      if (!fit.record.search) continue;
      const SearchRecord& search = *fit.record.search;
      const std::optional<double> outer = outer_score(fit);
      text += data::csv_field(group.model) + "," + data::csv_field(group.variant) + "," + fit.plan.seed +
              "," + std::to_string(fit.plan.fold) + "," + data::csv_field(choice_text(search)) + "," +
              search.metric + "," + data::format_number(search.inner_score) + "," + field(outer) + "," +
              field(difference(search.inner_score, outer)) + "," + std::to_string(search.candidates) + "," +
              std::to_string(search.undefined) + "\n";
    }
  }
  return text;
}

}  // namespace musicmem::launcher
