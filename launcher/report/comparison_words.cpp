// SPDX-License-Identifier: GPL-3.0-or-later
// The part of report_words.h on comparisons.
#include "launcher/report/words.h"
#include "launcher/text/markup.h"

#include <set>

#include <fmt/ranges.h>

namespace musicmem::launcher {
namespace {

void append(std::vector<std::string>& notes, const std::vector<std::string>& more) {
  notes.insert(notes.end(), more.begin(), more.end());
}

std::vector<std::string> dropped_notes(const Comparisons& comparisons) {
  std::vector<std::string> notes;
  for (const Comparison& c : comparisons.rows) {
    if (c.b == nullptr || c.pooled_interval.undefined == 0) continue;
    notes.push_back(c.a->name() + " against " + c.name_of_b() + ": pooled a \u2212 b is undefined in " +
                    with_thousands(c.pooled_interval.undefined) + " of " +
                    with_thousands(c.pooled_interval.resamples) +
                    " resamples, which are left out of its interval.");
  }
  return notes;
}

std::vector<std::string> outside_notes(const Comparisons& comparisons) {
  std::vector<std::string> notes;
  for (const Comparison& c : comparisons.rows) {
    const auto& interval = c.pooled_interval.interval;
    if (c.b == nullptr || !interval || interval->holds(*c.pooled_difference)) continue;
    notes.push_back(
        c.a->name() + " against " + c.name_of_b() +
        ": pooled a \u2212 b lies outside its bootstrap interval, which says little about so few or so "
        "even predictions.");
  }
  return notes;
}

// That a model of kind `mean` is far below the others by how it is made; nothing where none is compared.
std::vector<std::string> notes_on_pooled_baselines(const Comparisons& comparisons) {
  std::set<std::string> baselines;
  for (const Comparison& c : comparisons.rows) {
    if (c.b == nullptr || !c.pooled_difference) continue;
    for (const FitGroup* group : {c.a, c.b}) {
      if (group->is_negative_by_construction()) baselines.insert(group->model);
    }
  }
  if (baselines.empty()) return {};
  return {fmt::format(
      "Pooled differences from {} are large by construction, as its own pooled correlation is negative "
      "by construction: they do not say how well the other model predicts.",
      fmt::join(baselines, ", "))};
}

// What repeats an earlier run, in one line.
std::vector<std::string> notes_on_copies(const Comparisons& comparisons) {
  if (comparisons.copies.empty()) return {};
  std::vector<std::string> names;
  for (const auto& [copy, original] : comparisons.copies)
    names.push_back(copy->name() + " (" + original->name() + ")");
  return {fmt::format(
      "Left out of the tests, as an earlier run (in brackets) predicts the same for every track and stands "
      "for both: {}.",
      fmt::join(names, ", "))};
}

// "Settings in which second differs from first: models.svr.C 1 -> 10."
std::string difference_note(const RunDifference& difference) {
  std::vector<std::string> settings;
  for (const auto& [path, a, b] : difference.settings) {
    if (a.empty() || b.empty()) {
      settings.push_back(path + " (only in " + (a.empty() ? difference.b : difference.a) + ")");
    } else {
      settings.push_back(path + " " + a + " -> " + b);
    }
  }
  const std::string runs = difference.b + " and " + difference.a;
  if (settings.empty()) return runs + " have the same settings.";
  return fmt::format("Settings in which {} differs from {}: {}.", difference.b, difference.a,
                     fmt::join(settings, ", "));
}

}  // namespace

std::string permutations_text(const Comparisons& comparisons) {
  std::vector<int> numbers;
  for (const Comparison& comparison : comparisons.rows) {
    if (comparison.permutations > 0) numbers.push_back(comparison.permutations);
  }
  return resamples_text(numbers);
}

std::vector<std::string> comparison_notes(const Report& report) {
  if (!report.comparisons.refusal.empty()) {
    std::vector<std::string> notes = {
        "No tests: " + report.comparisons.refusal +
        ". Finish the run, or compare the complete folds with musicmem report --allow-partial."};
    append(notes, pair_notes(report));
    return notes;
  }
  std::vector<std::string> notes = {
      "Differences are a \u2212 b over the folds that both have with all their seeds, averaged within a fold "
      "first. t, p and the "
      "95 % "
      "interval: corrected resampled t-test (Nadeau and Bengio, 2003), variance (1/k + n_test/n_train) s² "
      "with "
      "n_test/n_train = " +
          rounded(test_to_train_ratio(report.results.plan), 4) +
          " and k \u2212 1 degrees of freedom; Holm's correction within each family and metric. The permutation "
          "test "
          "flips "
          "the signs of the tracks' paired absolute errors (seeds averaged, " +
          permutations_text(report.comparisons) +
          " flips). A dash stands for a "
          "test that "
          "is undefined, such as that of correlations with constant predictions.",
      "Pooled a \u2212 b: difference of the correlations over all tested tracks, with the 95 % percentile "
      "bootstrap "
      "interval over tracks, the same resamples for both. Against chance: whether the mean of the folds' "
      "Spearman correlations is 0, by the same t-test."};
  for (const std::string& choice : report.comparisons.choices) notes.push_back(choice + ".");
  append(notes, pair_notes(report));
  return notes;
}

std::vector<std::string> pair_notes(const Report& report) {
  std::vector<std::string> notes = dropped_notes(report.comparisons);
  append(notes, outside_notes(report.comparisons));
  append(notes, notes_on_pooled_baselines(report.comparisons));
  append(notes, notes_on_copies(report.comparisons));
  for (const auto& [a, b] : report.comparisons.identical) {
    notes.push_back(a->name() + " and " + b->name() +
                    " predict the same for every track: they are not tested against each other.");
  }
  for (const RunDifference& difference : report.results.differences) {
    notes.push_back(difference_note(difference));
  }
  return notes;
}

namespace {

// By half the interval of the difference, so that it shows two digits.
int digits_of(const Comparison& c) {
  return c.test ? digits_for(0.5 * (c.test->interval.high - c.test->interval.low)) : digits_for(std::nullopt);
}

int pooled_digits_of(const Comparison& c) {
  const auto& interval = c.pooled_interval.interval;
  return interval ? digits_for(0.5 * (interval->high - interval->low)) : digits_for(std::nullopt);
}

}  // namespace

bool is_significant(const Comparison& comparison) {
  constexpr double level = 0.05;
  return comparison.p_holm && *comparison.p_holm < level;
}

Table comparison_table(const Comparisons& comparisons,
                       const std::function<bool(const Comparison&)>& is_meant) {
  using enum Column::Kind;
  const std::string folds = "difference over folds";
  const std::string permutation = "permutation test";
  const std::string tracks = "over all tested tracks";
  Table table{.columns = {{"metric", name},
                          {"a", name, "A"},
                          {"b", name, "B"},
                          {"folds", number, {}, folds},
                          {"a \u2212 b", number, "A $-$ B", folds},
                          {"95 % interval", interval, "95\\,\\% interval", folds},
                          {"t", number, {}, folds},
                          {"p", number, {}, folds},
                          {"p (Holm)", number, "$p$", folds},
                          {"p", number, {}, permutation},
                          {"p (Holm)", number, {}, permutation},
                          {"pooled a \u2212 b", number, {}, tracks},
                          {"95 % interval", interval, {}, tracks}},
              .mark = "significant at 5\u202F% after Holm\u2019s correction"};
  for (const Comparison& c : comparisons.rows) {
    if (!is_meant(c)) continue;
    const auto& test = c.test;
    const int digits = digits_of(c);
    const int pooled_digits = pooled_digits_of(c);
    table.rows.push_back({named_metric(c.metric).title, c.a->name(), c.name_of_b(), std::to_string(c.folds),
                          rounded(c.difference, digits),
                          interval_cell(test ? std::optional(test->interval) : std::nullopt, digits),
                          rounded(test ? std::optional(test->t) : std::nullopt, 2),
                          p_text(test ? std::optional(test->p) : std::nullopt), p_text(c.p_holm),
                          p_text(c.permutation_p), p_text(c.permutation_p_holm),
                          rounded(c.pooled_difference, pooled_digits),
                          interval_cell(c.pooled_interval.interval, pooled_digits)});
    table.marked.push_back(is_significant(c));
  }
  return table;
}

std::string family_title(Family family) {
  switch (family) {
    case Family::models:
      return "Models against each other";
    case Family::runs:
      return "The same model and variant, run against run";
    case Family::variants:
      return "Variants against vanilla";
    case Family::controls:
      return "Models against permuted labels";
    case Family::ablation:
      return "Models on a part of their features against all of them";
    case Family::learning:
      return "Models on a share of the training tracks against all of them";
    case Family::chance:
      return "Variants against chance";
  }
  return "";
}

}  // namespace musicmem::launcher
