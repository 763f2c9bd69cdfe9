// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/comparisons.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace musicmem::launcher {
namespace {

constexpr std::uint64_t permutation_seed = 1;
const std::vector<std::string> compared_metrics = {"spearman", "mse", "mae"};

using Pair = std::pair<const FitGroup*, const FitGroup*>;

// The groups of each model, controls left out, in order.
std::vector<std::vector<const FitGroup*>> variants_by_model(const RunResults& results) {
  std::vector<std::vector<const FitGroup*>> models;
  for (const FitGroup& group : results.groups) {
    if (group.is_control()) continue;
    const auto known = std::find_if(models.begin(), models.end(),
                                    [&](const auto& m) { return m.front()->model == group.model; });
    if (known != models.end()) {
      known->push_back(&group);
    } else {
      models.push_back({&group});
    }
  }
  return models;
}

const FitGroup* best_by_validation(const std::vector<const FitGroup*>& variants) {
  const FitGroup* best = variants.front();
  for (const FitGroup* group : variants) {
    const auto score = group->validation_spearman();
    const auto so_far = best->validation_spearman();
    if (score && (!so_far || *score > *so_far)) best = group;
  }
  return best;
}

std::vector<Pair> pairs_of(Family family, const RunResults& results) {
  std::vector<Pair> pairs;
  if (family == Family::models) {
    const std::vector<const FitGroup*> chosen = chosen_groups(results);
    for (std::size_t a = 0; a < chosen.size(); ++a) {
      for (std::size_t b = a + 1; b < chosen.size(); ++b) pairs.emplace_back(chosen[b], chosen[a]);
    }
    return pairs;
  }
  for (const auto& variants : variants_by_model(results)) {
    if (family == Family::controls) {
      const auto control = std::find_if(results.groups.begin(), results.groups.end(), [&](const FitGroup& g) {
        return g.is_control() && g.model == variants.front()->model;
      });
      if (control != results.groups.end()) pairs.emplace_back(variants.front(), &*control);
      continue;
    }
    const auto vanilla = std::find_if(variants.begin(), variants.end(),
                                      [](const FitGroup* g) { return g->variant == "vanilla"; });
    if (vanilla == variants.end()) continue;
    for (const FitGroup* group : variants) {
      if (group != *vanilla) pairs.emplace_back(group, *vanilla);
    }
  }
  return pairs;
}

// Those that both have with all their seeds: averages over other seeds would differ for that reason alone.
std::set<int> paired_folds(const Pair& pair, const RunPlan& plan) {
  std::set<int> paired;
  for (int fold = 0; fold < plan.folds; ++fold) {
    if (pair.first->has_all_seeds(fold, plan.folds) && pair.second->has_all_seeds(fold, plan.folds))
      paired.insert(fold);
  }
  return paired;
}

std::vector<double> paired_errors(const Pair& pair, const std::set<int>& folds, const RunPlan& plan) {
  const auto& [a, b] = pair;
  std::vector<double> differences;
  for (std::size_t t = 0; t < a->absolute_error.size(); ++t) {
    if (!folds.contains(plan.tracks[t].fold)) continue;
    const double difference = a->absolute_error[t] - b->absolute_error[t];
    if (!std::isnan(difference)) differences.push_back(difference);
  }
  return differences;
}

// All where those are few.
int permutations_of(std::size_t tracks) {
  const int affordable = models::affordable_resamples(tracks);
  constexpr std::size_t bits = 30;
  return tracks <= bits ? std::min(affordable, 1 << tracks) : affordable;
}

Comparison compare(Family family, const std::string& metric, const Pair& pair, const RunPlan& plan) {
  Comparison comparison;
  comparison.family = family;
  comparison.metric = metric;
  comparison.a = pair.first;
  comparison.b = pair.second;
  const std::map<int, double> of_a = pair.first->fold_means(named_metric(metric).of);
  const std::map<int, double> of_b = pair.second->fold_means(named_metric(metric).of);
  const std::set<int> folds = paired_folds(pair, plan);
  std::vector<double> differences;
  for (const auto& [fold, value] : of_a) {
    const auto other = of_b.find(fold);
    if (other != of_b.end() && folds.contains(fold)) differences.push_back(value - other->second);
  }
  comparison.folds = differences.size();
  if (differences.empty()) return comparison;
  comparison.difference =
      std::accumulate(differences.begin(), differences.end(), 0.0) / static_cast<double>(differences.size());
  comparison.test = models::corrected_resampled_t_test(differences, test_to_train_ratio(plan));
  if (metric == "mae") {
    const std::vector<double> errors = paired_errors(pair, folds, plan);
    comparison.permutations = permutations_of(errors.size());
    comparison.permutation_p = models::sign_flip_test(errors, comparison.permutations, permutation_seed);
  }
  return comparison;
}

// Adjusts the p-values that `value` finds among rows [first, end) and hands them to `store`.
template <class Value, class Store>
void adjust(std::vector<Comparison>& rows, std::size_t first, const Value& value, const Store& store) {
  std::vector<double> p_values;
  std::vector<std::size_t> places;
  for (std::size_t row = first; row < rows.size(); ++row) {
    if (const auto p = value(rows[row])) {
      p_values.push_back(*p);
      places.push_back(row);
    }
  }
  const std::vector<double> adjusted = models::holm(p_values);
  for (std::size_t i = 0; i < places.size(); ++i) store(rows[places[i]], adjusted[i]);
}

void add_family(std::vector<Comparison>& rows, Family family, const std::string& metric,
                const std::vector<Pair>& pairs, const RunPlan& plan) {
  const std::size_t first = rows.size();
  for (const Pair& pair : pairs) rows.push_back(compare(family, metric, pair, plan));
  adjust(
      rows, first, [](const Comparison& c) { return c.test ? std::optional(c.test->p) : std::nullopt; },
      [](Comparison& c, double p) { c.p_holm = p; });
  adjust(
      rows, first, [](const Comparison& c) { return c.permutation_p; },
      [](Comparison& c, double p) { c.permutation_p_holm = p; });
}

}  // namespace

std::string to_string(Family family) {
  switch (family) {
    case Family::models:
      return "models";
    case Family::variants:
      return "variants";
    case Family::controls:
      return "controls";
  }
  return "";
}

std::vector<const FitGroup*> chosen_groups(const RunResults& results) {
  std::vector<const FitGroup*> chosen;
  for (const auto& variants : variants_by_model(results)) chosen.push_back(best_by_validation(variants));
  return chosen;
}

double test_to_train_ratio(const RunPlan& plan) {
  const auto tested = static_cast<double>(std::count_if(
      plan.tracks.begin(), plan.tracks.end(), [](const PlannedTrack& track) { return track.fold >= 0; }));
  const double test = tested / plan.folds;
  return test / (static_cast<double>(plan.tracks.size()) - test);
}

Comparisons compare_groups(const RunResults& results, bool allow_partial) {
  Comparisons comparisons;
  for (const auto& variants : variants_by_model(results)) {
    if (variants.size() < 2) continue;
    const FitGroup* chosen = best_by_validation(variants);
    comparisons.choices.push_back(chosen->name() + (chosen->validation_spearman()
                                                        ? ", the best by its validation Spearman correlation"
                                                        : ", the first: the model has no validation part"));
  }
  if (!results.missing.empty() && !allow_partial) {
    comparisons.refusal = std::to_string(results.finished_fits()) + " of " +
                          std::to_string(results.plan.fits.size()) + " fits are there";
    return comparisons;
  }
  for (const Family family : {Family::models, Family::variants, Family::controls}) {
    const std::vector<Pair> pairs = pairs_of(family, results);
    for (const std::string& metric : compared_metrics) {
      add_family(comparisons.rows, family, metric, pairs, results.plan);
    }
  }
  return comparisons;
}

}  // namespace musicmem::launcher
