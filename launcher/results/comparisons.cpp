// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/results/comparisons.h"

#include "launcher/results/chosen_variant.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace musicmem::launcher {
namespace {

constexpr std::uint64_t permutation_seed = 1;
const std::vector<std::string> compared_metrics = {"spearman", "pearson", "mse", "mae"};

using Pair = std::pair<const FitGroup*, const FitGroup*>;

// Of one run or of several.
bool same_variant(const FitGroup& a, const FitGroup& b) {
  return a.label() == b.label() && a.variant == b.variant;
}

// The groups of each model, controls and ablations left out, in order.
std::vector<std::vector<const FitGroup*>> variants_by_model(const RunResults& results) {
  std::vector<std::vector<const FitGroup*>> models;
  for (const FitGroup& group : results.groups) {
    if (!group.may_stand_for_model()) continue;
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

std::vector<Pair> model_pairs(const RunResults& results) {
  const std::vector<const FitGroup*> chosen = chosen_groups(results);
  std::vector<Pair> pairs;
  for (std::size_t a = 0; a < chosen.size(); ++a) {
    for (std::size_t b = a + 1; b < chosen.size(); ++b) {
      if (!same_variant(*chosen[a], *chosen[b])) pairs.emplace_back(chosen[b], chosen[a]);
    }
  }
  return pairs;
}

std::vector<Pair> run_pairs(const RunResults& results) {
  std::vector<Pair> pairs;
  for (std::size_t a = 0; a < results.groups.size(); ++a) {
    for (std::size_t b = a + 1; b < results.groups.size(); ++b) {
      const FitGroup& first = results.groups[a];
      const FitGroup& second = results.groups[b];
      if (same_variant(first, second) && first.run != second.run && !first.is_control())
        pairs.emplace_back(&second, &first);
    }
  }
  return pairs;
}

std::vector<Pair> variant_pairs(const RunResults& results) {
  std::vector<Pair> pairs;
  for (const auto& variants : variants_by_model(results)) {
    const auto vanilla = std::find_if(variants.begin(), variants.end(),
                                      [](const FitGroup* g) { return g->variant == "vanilla"; });
    if (vanilla == variants.end()) continue;
    for (const FitGroup* group : variants) {
      if (group != *vanilla) pairs.emplace_back(group, *vanilla);
    }
  }
  return pairs;
}

// A control is made of its model's first variant.
std::vector<Pair> control_pairs(const RunResults& results) {
  std::vector<Pair> pairs;
  for (const auto& variants : variants_by_model(results)) {
    const auto control = std::find_if(results.groups.begin(), results.groups.end(), [&](const FitGroup& g) {
      return g.is_control() && g.model == variants.front()->model;
    });
    if (control != results.groups.end()) pairs.emplace_back(variants.front(), &*control);
  }
  return pairs;
}

// Of a model's first variant.
std::vector<Pair> ablation_pairs(const RunResults& results) {
  std::vector<Pair> pairs;
  for (const auto& variants : variants_by_model(results)) {
    for (const FitGroup& group : results.groups) {
      if (group.is_ablation() && group.model == variants.front()->model)
        pairs.emplace_back(&group, variants.front());
    }
  }
  return pairs;
}

// Of a model's first variant, the smallest share first.
std::vector<Pair> learning_pairs(const RunResults& results) {
  std::vector<Pair> pairs;
  for (const auto& variants : variants_by_model(results)) {
    for (const FitGroup& group : results.groups) {
      if (group.is_share() && group.model == variants.front()->model)
        pairs.emplace_back(&group, variants.front());
    }
  }
  return pairs;
}

std::vector<Pair> chance_pairs(const RunResults& results) {
  std::vector<Pair> pairs;
  for (const FitGroup& group : results.groups) {
    if (group.may_stand_for_model()) pairs.emplace_back(&group, nullptr);
  }
  return pairs;
}

std::vector<Pair> pairs_of(Family family, const RunResults& results) {
  switch (family) {
    case Family::models:
      return model_pairs(results);
    case Family::runs:
      return run_pairs(results);
    case Family::variants:
      return variant_pairs(results);
    case Family::controls:
      return control_pairs(results);
    case Family::ablation:
      return ablation_pairs(results);
    case Family::learning:
      return learning_pairs(results);
    case Family::chance:
      return chance_pairs(results);
  }
  return {};
}

// Whether both predict the same of every track, and of some.
bool repeats(const FitGroup& a, const FitGroup& b) {
  const auto is_known = [](double prediction) { return !std::isnan(prediction); };
  return a.fits.size() == b.fits.size() && std::ranges::any_of(a.prediction, is_known) &&
         std::ranges::equal(a.prediction, b.prediction,
                            [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

std::vector<Pair> copies_of_earlier_runs(const RunResults& results) {
  std::vector<Pair> copies;
  for (auto group = results.groups.begin(); group != results.groups.end(); ++group) {
    const auto original = std::find_if(results.groups.begin(), group, [&](const FitGroup& earlier) {
      return earlier.run != group->run && same_variant(earlier, *group) && repeats(earlier, *group);
    });
    if (original != group) copies.emplace_back(&*group, &*original);
  }
  return copies;
}

// The pairs with the groups that stand for copies, each pair once, whichever comes first in it; none of a
// group with itself, nor, among models, of two variants of one.
std::vector<Pair> without_copies(Family family, const std::vector<Pair>& pairs,
                                 const std::vector<Pair>& copies) {
  const auto standing_for = [&](const FitGroup* group) {
    const auto copy = std::ranges::find(copies, group, &Pair::first);
    return copy != copies.end() ? copy->second : group;
  };
  std::vector<Pair> kept;
  for (const Pair& pair : pairs) {
    const Pair meant(standing_for(pair.first), standing_for(pair.second));
    const bool same_model = meant.second != nullptr && meant.first->model == meant.second->model;
    const bool is_void = meant.first == meant.second || (family == Family::models && same_model);
    const bool is_known = std::ranges::any_of(
        kept, [&](const Pair& other) { return other == meant || other == Pair(meant.second, meant.first); });
    if (!is_void && !is_known) kept.push_back(meant);
  }
  return kept;
}

// Those that both have with all their seeds: averages over other seeds would differ for that reason alone.
std::set<int> paired_folds(const Pair& pair, const RunPlan& plan) {
  std::set<int> paired;
  for (int fold = 0; fold < plan.folds; ++fold) {
    const bool in_b = pair.second == nullptr || pair.second->has_all_seeds(fold, plan.folds);
    if (in_b && pair.first->has_all_seeds(fold, plan.folds)) paired.insert(fold);
  }
  return paired;
}

// Whether every fold that tests the track is among `folds`.
bool is_within(const PlannedTrack& track, const std::set<int>& folds) {
  return folds.contains(track.fold) &&
         std::ranges::all_of(track.later_folds, [&](int fold) { return folds.contains(fold); });
}

// Of the tracks of the paired folds; of a study with groups the sums over each, as whole groups change sign.
std::vector<double> paired_errors(const Pair& pair, const std::set<int>& folds, const RunPlan& plan) {
  const auto& [a, b] = pair;
  std::vector<double> differences;
  std::map<std::string, std::size_t> place_of;  // of a group
  for (std::size_t t = 0; t < a->absolute_error.size(); ++t) {
    if (!is_within(plan.tracks[t], folds)) continue;
    const double difference = a->absolute_error[t] - b->absolute_error[t];
    if (std::isnan(difference)) continue;
    const std::string& group = plan.tracks[t].group;
    const auto [place, is_new] = place_of.try_emplace(group, differences.size());
    if (is_new || group.empty()) {
      differences.push_back(difference);
    } else {
      differences[place->second] += difference;
    }
  }
  return differences;
}

// Whether both predict the same, of at least one track of the paired folds.
bool predict_the_same(const Pair& pair, const RunPlan& plan) {
  const auto& [a, b] = pair;
  if (b == nullptr) return false;
  const std::set<int> folds = paired_folds(pair, plan);
  bool any = false;
  for (std::size_t t = 0; t < plan.tracks.size(); ++t) {
    if (!is_within(plan.tracks[t], folds)) continue;
    const bool both_lack_it = std::isnan(a->prediction[t]) && std::isnan(b->prediction[t]);
    if (!both_lack_it && a->prediction[t] != b->prediction[t]) return false;
    any |= !both_lack_it;
  }
  return any;
}

// Resamples of one are those of the other where both were drawn of the same tracks.
bool test_the_same_tracks(const FitGroup& a, const FitGroup& b) {
  return std::equal(a.prediction.begin(), a.prediction.end(), b.prediction.begin(), b.prediction.end(),
                    [](double x, double y) { return std::isnan(x) == std::isnan(y); });
}

void compare_pooled(Comparison& comparison) {
  const FitGroup& a = *comparison.a;
  const FitGroup* const b = comparison.b;
  if (!a.pooled_spearman) return;
  if (b == nullptr) {
    comparison.pooled_difference = a.pooled_spearman;
    comparison.pooled_interval = models::percentile_interval(a.replicates);
  } else if (b->pooled_spearman && test_the_same_tracks(a, *b)) {
    comparison.pooled_difference = *a.pooled_spearman - *b->pooled_spearman;
    comparison.pooled_interval = models::percentile_interval(models::difference(a.replicates, b->replicates));
  }
}

// All where those are few.
int permutations_of(std::size_t tracks) {
  const int affordable = models::affordable_resamples(tracks);
  constexpr std::size_t bits = 30;
  return tracks <= bits ? std::min(affordable, 1 << tracks) : affordable;
}

std::map<int, double> zeros_like(std::map<int, double> means) {
  for (auto& [fold, mean] : means) mean = 0.0;
  return means;
}

Comparison compare(Family family, const std::string& metric, const Pair& pair, const RunPlan& plan) {
  Comparison comparison;
  comparison.family = family;
  comparison.metric = metric;
  comparison.a = pair.first;
  comparison.b = pair.second;
  comparison.rope = rope_of(metric, plan);
  if (metric == "spearman") compare_pooled(comparison);
  const std::map<int, double> of_a = pair.first->fold_means(named_metric(metric).of);
  const std::map<int, double> of_b =
      pair.second != nullptr ? pair.second->fold_means(named_metric(metric).of) : zeros_like(of_a);
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
  // The model of the two that learns from fewer tracks counts.
  const double test_to_train = test_to_train_ratio(plan) / pair.first->share();
  comparison.test = models::corrected_resampled_t_test(differences, test_to_train);
  comparison.posterior = models::bayesian_correlated_t_test(differences, test_to_train, comparison.rope);
  if (metric == "mae") {
    const std::vector<double> errors = paired_errors(pair, folds, plan);
    comparison.permutations = permutations_of(errors.size());
    comparison.permutation_p = models::sign_flip_test(errors, comparison.permutations, permutation_seed);
  }
  return comparison;
}

// Adjusts the p-values that `value` finds in the rows and hands them to `store`.
template <class Value, class Store>
void adjust(std::vector<Comparison>& rows, const Value& value, const Store& store) {
  std::vector<double> p_values;
  std::vector<std::size_t> places;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (const auto p = value(rows[row])) {
      p_values.push_back(*p);
      places.push_back(row);
    }
  }
  const std::vector<double> adjusted = models::holm(p_values);
  for (std::size_t i = 0; i < places.size(); ++i) store(rows[places[i]], adjusted[i]);
}

// The rows of one family and metric; adjusts their p-values.
std::vector<Comparison> compare_all(Family family, const std::string& metric, const std::vector<Pair>& pairs,
                                    const RunPlan& plan) {
  std::vector<Comparison> rows;
  for (const Pair& pair : pairs) rows.push_back(compare(family, metric, pair, plan));
  adjust(
      rows, [](const Comparison& c) { return c.test ? std::optional(c.test->p) : std::nullopt; },
      [](Comparison& c, double p) { c.p_holm = p; });
  adjust(
      rows, [](const Comparison& c) { return c.permutation_p; },
      [](Comparison& c, double p) { c.permutation_p_holm = p; });
  return rows;
}

// Those with a test come first, those without any value last.
void add_family(Comparisons& comparisons, Family family, const RunResults& results) {
  std::vector<Pair> pairs = without_copies(family, pairs_of(family, results), comparisons.copies);
  const auto different = std::stable_partition(
      pairs.begin(), pairs.end(), [&](const Pair& pair) { return predict_the_same(pair, results.plan); });
  comparisons.identical.insert(comparisons.identical.end(), pairs.begin(), different);
  pairs.erase(pairs.begin(), different);
  std::vector<Comparison> rows;
  for (const std::string& metric : compared_metrics) {
    if (family == Family::chance && metric != "spearman") continue;
    const std::vector<Comparison> of_metric = compare_all(family, metric, pairs, results.plan);
    rows.insert(rows.end(), of_metric.begin(), of_metric.end());
  }
  const auto lacks = [](const Comparison& c) { return c.test ? 0 : c.difference ? 1 : 2; };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const Comparison& x, const Comparison& y) { return lacks(x) < lacks(y); });
  comparisons.rows.insert(comparisons.rows.end(), rows.begin(), rows.end());
}

}  // namespace

std::string to_string(Family family) {
  switch (family) {
    case Family::models:
      return "models";
    case Family::runs:
      return "runs";
    case Family::variants:
      return "variants";
    case Family::controls:
      return "controls";
    case Family::ablation:
      return "ablation";
    case Family::learning:
      return "learning";
    case Family::chance:
      return "chance";
  }
  return "";
}

std::vector<const FitGroup*> chosen_groups(const RunResults& results) {
  std::vector<const FitGroup*> chosen;
  for (const auto& variants : variants_by_model(results)) chosen.push_back(choose_variant(variants).group);
  return chosen;
}

std::optional<double> Comparison::p_a_better() const {
  if (!posterior) return std::nullopt;
  return named_metric(metric).higher_is_better ? posterior->above : posterior->below;
}

std::optional<double> Comparison::p_equivalent() const {
  return posterior ? std::optional(posterior->within) : std::nullopt;
}

std::optional<double> Comparison::p_b_better() const {
  if (!posterior) return std::nullopt;
  return named_metric(metric).higher_is_better ? posterior->below : posterior->above;
}

double rope_of(const std::string& metric, const RunPlan& plan) {
  if (metric == "spearman") return plan.rope.spearman;
  if (metric == "pearson") return plan.rope.pearson;
  double sum = 0.0;
  for (const PlannedTrack& track : plan.tracks) sum += track.label;
  const double mean = sum / static_cast<double>(plan.tracks.size());
  double variance = 0.0;
  for (const PlannedTrack& track : plan.tracks)
    variance += (track.label - mean) * (track.label - mean) / static_cast<double>(plan.tracks.size());
  return metric == "mse" ? plan.rope.mse * variance : plan.rope.mae * std::sqrt(variance);
}

double test_to_train_ratio(const RunPlan& plan) {
  const auto tested = static_cast<double>(std::count_if(
      plan.tracks.begin(), plan.tracks.end(), [](const PlannedTrack& track) { return track.fold >= 0; }));
  const double test = tested * plan.repeats / plan.folds;
  return test / (static_cast<double>(plan.tracks.size()) - test);
}

Comparisons compare_groups(const RunResults& results, bool allow_partial) {
  Comparisons comparisons;
  for (const auto& variants : variants_by_model(results)) {
    const ChosenVariant chosen = choose_variant(variants);
    if (!chosen.is_alone) comparisons.choices.push_back(chosen.text());
  }
  if (!results.missing.empty() && !allow_partial) {
    comparisons.refusal = std::to_string(results.finished_fits()) + " of " +
                          std::to_string(results.plan.fits.size()) + " fits are there";
    return comparisons;
  }
  comparisons.copies = copies_of_earlier_runs(results);
  for (const Family family : families) add_family(comparisons, family, results);
  return comparisons;
}

}  // namespace musicmem::launcher
