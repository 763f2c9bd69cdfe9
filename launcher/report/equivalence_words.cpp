// SPDX-License-Identifier: GPL-3.0-or-later
// The part of words.h on differences that matter, and on those that the design could have found.
#include "launcher/report/words.h"
#include "launcher/text/markup.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace musicmem::launcher {
namespace {

// Three digits that count, for differences of errors may be small.
std::string significant(double value) {
  if (value == 0.0) return "0";
  constexpr int digits = 3;
  const int decimals =
      std::clamp(digits - 1 - static_cast<int>(std::floor(std::log10(std::abs(value)))), 0, 12);
  return fmt::format("{:.{}f}", value, decimals);
}

std::string region_text(const Comparison& c) {
  return "±" + significant(c.rope);
}

// Whose region is taken, where runs set others.
std::string regions_of_runs(const RunResults& results) {
  const auto differs = [](const RunDifference& difference) {
    return std::ranges::any_of(difference.settings, [](const config::SettingDifference& setting) {
      return setting.path.starts_with("report.rope");
    });
  };
  const auto found = std::ranges::find_if(results.differences, differs);
  if (found == results.differences.end()) return "";
  return " The runs set other regions: that of " + found->a + " is taken.";
}

// "Between the models here it is 0.071 to 0.102 in Spearman's correlation."
std::string detectable_range(const Comparisons& comparisons) {
  double least = 0.0;
  double most = 0.0;
  bool any = false;
  for (const Comparison& c : comparisons.rows) {
    if (c.family != Family::models || c.metric != "spearman" || !c.test) continue;
    least = any ? std::min(least, c.test->detectable) : c.test->detectable;
    most = any ? std::max(most, c.test->detectable) : c.test->detectable;
    any = true;
  }
  if (!any) return "";
  const std::string range =
      rounded(least) == rounded(most) ? rounded(least) : rounded(least) + " to " + rounded(most);
  return " Between the models here it is " + range + " in Spearman's correlation.";
}

}  // namespace

std::vector<std::string> equivalence_notes(const Report& report) {
  const RunPlan& plan = report.results.plan;
  const double ratio = test_to_train_ratio(plan);
  return {
      "P(a better), P(equivalent) and P(b better): Bayesian correlated t-test (Benavoli et al., 2017). The true "
      "difference has Student's distribution with k \u2212 1 degrees of freedom around a \u2212 b, scale² = (1/k + rho/(1 \u2212 rho)) "
      "s², rho = n_test/(n_test + n_train) = " +
          rounded(ratio / (1.0 + ratio), 4) + ". Equivalent are differences within ±" +
          significant(plan.rope.spearman) + " of Spearman's and ±" + significant(plan.rope.pearson) +
          " of Pearson's correlation, ±" + significant(plan.rope.mse) + " of the labels' variance (" +
          significant(rope_of("mse", plan)) + ") for MSE and ±" + significant(plan.rope.mae) +
          " of their standard deviation (" + significant(rope_of("mae", plan)) +
          ") for MAE: set them with report.rope. For errors lower is better. These probabilities are not adjusted "
          "for the number of comparisons." +
          regions_of_runs(report.results),
      "Detectable: the smallest true difference that the corrected test finds (two-sided, 5 %, before Holm's "
      "correction) in 80 % of studies with these folds and this spread. That a smaller difference was not found "
      "says nothing about it." +
          detectable_range(report.comparisons)};
}

Table equivalence_table(const Comparisons& comparisons,
                        const std::function<bool(const Comparison&)>& is_meant) {
  using enum Column::Kind;
  Table table{.columns = {{"metric", name},
                          {"a", name, "A"},
                          {"b", name, "B"},
                          {"a \u2212 b", number},
                          {"equivalent within", number},
                          {"P(a better)", number, "$P$(A better)"},
                          {"P(equivalent)", number, "$P$(equivalent)"},
                          {"P(b better)", number, "$P$(B better)"},
                          {"detectable", number, "Detectable"}}};
  table.is_wide = true;
  for (const Comparison& c : comparisons.rows) {
    if (!c.posterior || !is_meant(c)) continue;
    table.rows.push_back({named_metric(c.metric).title, c.a->name(), c.name_of_b(),
                          significant(*c.difference), region_text(c), rounded(c.p_a_better()),
                          rounded(c.p_equivalent()), rounded(c.p_b_better()),
                          significant(c.test->detectable)});
  }
  return table;
}

}  // namespace musicmem::launcher
