// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/model.h"
#include "models/statistics/metrics.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What a search of settings tries for one fit, and what it chooses.
namespace musicmem::models {

// A value for each searched setting, in the order of Search::settings, as it is typed in YAML.
using Candidate = std::vector<std::string>;

// Every combination of the lists, the last setting changing first; or as many draws as the search says: from a list each
// value alike, from a range evenly or evenly in the logarithm, rounded where the setting takes whole numbers.
std::vector<Candidate> list_candidates(const config::ModelSpec& model, std::uint64_t seed);

// The model with the candidate's settings, which searches no more.
config::ModelSpec candidate_model(const config::ModelSpec& model, const Candidate& candidate);

// Candidates, by index, in an order in which those that share work follow each other.
std::vector<std::size_t> order_of_work(const config::ModelSpec& model,
                                       const std::vector<Candidate>& candidates);

// Of one candidate, by inner fold.
using InnerScores = std::vector<Metrics>;

// The mean over the inner folds; empty where the metric is undefined in one of them.
std::optional<double> inner_score(const InnerScores& scores, config::SearchMetric metric);

// What the metric has of one set of predictions.
std::optional<double> value_of(const Metrics& metrics, config::SearchMetric metric);

// Whether the first is the better score.
bool is_better(double a, double b, config::SearchMetric metric);

// The candidate with the best inner score, of equal ones the first; candidates without one are passed over. Empty where
// none has one.
std::optional<std::size_t> best_candidate(const std::vector<InnerScores>& scores,
                                          config::SearchMetric metric);

// A search that has ended.
struct SearchOutcome {
  std::vector<Candidate> candidates;
  std::vector<InnerScores> scores;  // of each candidate
  std::size_t chosen = 0;
};

}  // namespace musicmem::models
