// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/stages/search.h"

#include "config/experiment.h"
#include "config/io_error.h"
#include "config/model_traits.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "data/files/optional_json.h"
#include "launcher/run/json_file.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace musicmem::launcher {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

const config::Search& search_of(const FitTask& fit, const config::Experiment& experiment) {
  return experiment.models[fit.model].search;
}

// Candidates of a task whose fits take no group: a task is long against what the farm spends on it, and short against
// the stage.
std::size_t candidates_a_task(double seconds_each) {
  constexpr double worth_its_while = 20.0;  // seconds
  return static_cast<std::size_t>(std::max(1.0, std::floor(worth_its_while / std::max(seconds_each, 1e-6))));
}

std::string hash_of(const SearchTask& task, const FitTask& fit) {
  data::Hasher hasher;
  hasher.add(fit.hash).add("inner fold " + std::to_string(task.inner_fold));
  for (const std::size_t candidate : task.candidates) hasher.add(std::to_string(candidate));
  return hasher.hex();
}

// Names of one task's file and directory are told apart by its first candidate.
fs::path place_of(const RunDirectory& run, const SearchTask& task, const FitTask& fit,
                  const config::Experiment& experiment) {
  return run.checkpoints() / "search" / fit.directory(experiment) /
         fmt::format("inner-{}-candidate-{}", task.inner_fold, task.candidates.front());
}

fs::path scores_file(const RunDirectory& run, const SearchTask& task, const FitTask& fit,
                     const config::Experiment& experiment) {
  return place_of(run, task, fit, experiment).string() + ".json";
}

json scores_json(const std::vector<models::Metrics>& scores) {
  json list = json::array();
  for (const models::Metrics& metrics : scores)
    list.push_back({{"mse", metrics.mse},
                    {"mae", metrics.mae},
                    {"spearman", metrics.spearman},
                    {"pearson", metrics.pearson}});
  return list;
}

std::vector<models::Metrics> scores_of(const json& list) {
  // JSON has no infinity and no NaN: they are null, and count as undefined.
  const auto number = [](const json& value) {
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
  };
  std::vector<models::Metrics> scores;
  for (const json& entry : list) {
    models::Metrics& metrics = scores.emplace_back();
    metrics.mse = number(entry.at("mse"));
    metrics.mae = number(entry.at("mae"));
    entry.at("spearman").get_to(metrics.spearman);
    entry.at("pearson").get_to(metrics.pearson);
  }
  return scores;
}

}  // namespace

std::vector<models::Candidate> candidates_of(const FitTask& fit, const config::Experiment& experiment) {
  const config::ModelSpec& model = experiment.models[fit.model];
  return models::list_candidates(model, data::seed_from({fit.seed_name(), model.label, fit.variant_name(),
                                                         std::to_string(fit.fold), "search"}));
}

std::vector<SearchTask> plan_search(const std::vector<FitTask>& fits,
                                    const std::vector<std::size_t>& searching,
                                    const config::Experiment& experiment) {
  std::vector<SearchTask> tasks;
  for (const std::size_t index : searching) {
    const FitTask& fit = fits[index];
    const config::ModelSpec& model = experiment.models[fit.model];
    const std::vector<models::Candidate> candidates = candidates_of(fit, experiment);
    const std::vector<std::size_t> order = models::order_of_work(model, candidates);
    const int folds = model.search.inner_folds;
    const double cost_each = fit.expected_cost * (folds - 1) / folds;
    const std::size_t most =
        config::traits_of(model.name).distributed ? std::size_t{1} : candidates_a_task(cost_each);
    for (int inner_fold = 0; inner_fold < folds; ++inner_fold) {
      for (std::size_t first = 0; first < order.size(); first += most) {
        const std::size_t count = std::min(most, order.size() - first);
        const auto begin = order.begin() + static_cast<std::ptrdiff_t>(first);
        SearchTask task{index, inner_fold, {begin, begin + static_cast<std::ptrdiff_t>(count)}, "", 0.0};
        task.hash = hash_of(task, fit);
        task.expected_cost = cost_each * static_cast<double>(count);
        tasks.push_back(std::move(task));
      }
    }
  }
  return tasks;
}

std::string search_task_name(const SearchTask& task, const FitTask& fit,
                             const config::Experiment& experiment) {
  const std::size_t count = task.candidates.size();
  return fmt::format(
      "search {}, inner fold {}, {}", fit.directory(experiment).generic_string(), task.inner_fold,
      count == 1 ? fmt::format("candidate {}", task.candidates.front())
                 : fmt::format("{} candidates, first {}", count, *std::ranges::min_element(task.candidates)));
}

fs::path search_checkpoints(const RunDirectory& run, const SearchTask& task, const FitTask& fit,
                            const config::Experiment& experiment) {
  return place_of(run, task, fit, experiment);
}

std::optional<std::vector<models::Metrics>> read_scores(const RunDirectory& run, const SearchTask& task,
                                                        const FitTask& fit,
                                                        const config::Experiment& experiment) {
  const fs::path file = scores_file(run, task, fit, experiment);
  if (!fs::exists(file)) return std::nullopt;
  try {
    const json content = read_json(file);
    const std::string text = content.at("scores").dump();
    if (content.at("hash") != task.hash || content.at("checksum") != data::checksum(text))
      return std::nullopt;
    std::vector<models::Metrics> scores = scores_of(content.at("scores"));
    return scores.size() == task.candidates.size() ? std::optional(std::move(scores)) : std::nullopt;
  } catch (const IoError&) {
    throw;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

void write_scores(const RunDirectory& run, const SearchTask& task, const FitTask& fit,
                  const config::Experiment& experiment, const std::vector<models::Metrics>& scores) {
  const fs::path file = scores_file(run, task, fit, experiment);
  const json list = scores_json(scores);
  data::make_directories(file.parent_path());
  write_json(file, {{"hash", task.hash}, {"checksum", data::checksum(list.dump())}, {"scores", list}});
}

models::SearchOutcome read_search(const RunDirectory& run, const std::vector<SearchTask>& tasks,
                                  std::size_t index, const FitTask& fit,
                                  const config::Experiment& experiment) {
  const config::Search& search = search_of(fit, experiment);
  models::SearchOutcome outcome;
  outcome.candidates = candidates_of(fit, experiment);
  outcome.scores.resize(outcome.candidates.size(),
                        models::InnerScores(static_cast<std::size_t>(search.inner_folds)));
  for (const SearchTask& task : std::ranges::equal_range(tasks, index, {}, &SearchTask::fit)) {
    const auto scores = read_scores(run, task, fit, experiment);
    if (!scores)
      throw Error("the scores of its search are missing", scores_file(run, task, fit, experiment).string(),
                  "run the same command again");
    for (std::size_t i = 0; i < task.candidates.size(); ++i)
      outcome.scores[task.candidates[i]][static_cast<std::size_t>(task.inner_fold)] = (*scores)[i];
  }
  const auto best = models::best_candidate(outcome.scores, search.metric);
  if (!best)
    throw Error(
        "no candidate of its search has a defined " + to_string(search.metric) + " in every inner fold", "",
        "search other settings, or by metric: mse");
  outcome.chosen = *best;
  return outcome;
}

}  // namespace musicmem::launcher
