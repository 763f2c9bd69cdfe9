// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/protocol/candidates.h"

#include "config/exact_text.h"
#include "config/settings/changed_model.h"
#include "data/generator.h"
#include "models/tabular/table_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace musicmem::models {
namespace {

std::vector<Candidate> combinations(const config::Search& search) {
  std::vector<Candidate> all = {{}};
  for (const config::SearchedSetting& setting : search.settings) {
    std::vector<Candidate> longer;
    for (const Candidate& candidate : all) {
      for (const std::string& value : setting.values) {
        longer.push_back(candidate);
        longer.back().push_back(value);
      }
    }
    all = std::move(longer);
  }
  return all;
}

std::string drawn(const config::ModelSpec& model, const config::SearchedSetting& setting,
                  data::Generator& generator) {
  if (!setting.is_range()) return setting.values[generator.below(setting.values.size())];
  const bool is_log = setting.spacing == config::Spacing::log;
  const double number = is_log ? std::exp(generator.uniform(std::log(setting.low), std::log(setting.high)))
                               : generator.uniform(setting.low, setting.high);
  const double within = std::clamp(number, setting.low, setting.high);
  return exact_text(config::takes_whole_numbers(model, setting.key) ? std::round(within) : within);
}

}  // namespace

std::vector<Candidate> list_candidates(const config::ModelSpec& model, std::uint64_t seed) {
  const config::Search& search = model.search;
  if (search.draws == 0) return combinations(search);
  data::Generator generator(seed);
  std::vector<Candidate> candidates(static_cast<std::size_t>(search.draws));
  for (Candidate& candidate : candidates) {
    for (const config::SearchedSetting& setting : search.settings)
      candidate.push_back(drawn(model, setting, generator));
  }
  return candidates;
}

config::ModelSpec candidate_model(const config::ModelSpec& model, const Candidate& candidate) {
  config::ModelSpec chosen = model;
  chosen.search = {};
  for (std::size_t i = 0; i < candidate.size(); ++i)
    chosen = config::changed_model(chosen, model.search.settings[i].key, candidate[i]);
  return chosen;
}

std::vector<std::size_t> order_of_work(const config::ModelSpec& model,
                                       const std::vector<Candidate>& candidates) {
  const TableModel* const on_tables = find_table_model(model.name);
  const auto shares_work = [&](const std::string& key) {
    return on_tables != nullptr &&
           std::ranges::find(on_tables->cheap_settings, key) != on_tables->cheap_settings.end();
  };
  const auto work_of = [&](std::size_t candidate) {
    std::vector<std::string> values;
    for (std::size_t i = 0; i < model.search.settings.size(); ++i) {
      if (!shares_work(model.search.settings[i].key)) values.push_back(candidates[candidate][i]);
    }
    return values;
  };
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, work_of);
  return order;
}

std::optional<double> value_of(const Metrics& metrics, config::SearchMetric metric) {
  std::optional<double> value;
  switch (metric) {
    case config::SearchMetric::mse:
      value = metrics.mse;
      break;
    case config::SearchMetric::mae:
      value = metrics.mae;
      break;
    case config::SearchMetric::spearman:
      value = metrics.spearman;
      break;
    case config::SearchMetric::pearson:
      value = metrics.pearson;
      break;
  }
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<double> inner_score(const InnerScores& scores, config::SearchMetric metric) {
  double sum = 0.0;
  for (const Metrics& metrics : scores) {
    const std::optional<double> value = value_of(metrics, metric);
    if (!value) return std::nullopt;
    sum += *value;
  }
  return sum / static_cast<double>(scores.size());
}

bool is_better(double a, double b, config::SearchMetric metric) {
  const bool is_error = metric == config::SearchMetric::mse || metric == config::SearchMetric::mae;
  return is_error ? a < b : a > b;
}

std::optional<std::size_t> best_candidate(const std::vector<InnerScores>& scores,
                                          config::SearchMetric metric) {
  std::optional<std::size_t> best;
  std::optional<double> best_score;
  for (std::size_t candidate = 0; candidate < scores.size(); ++candidate) {
    const std::optional<double> score = inner_score(scores[candidate], metric);
    if (!score || (best_score && !is_better(*score, *best_score, metric))) continue;
    best = candidate;
    best_score = score;
  }
  return best;
}

}  // namespace musicmem::models
