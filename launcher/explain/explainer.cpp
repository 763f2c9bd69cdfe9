// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/explain/explainer.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"

#include <utility>

namespace musicmem::launcher {

void Explainer::add_task(std::size_t fit, std::string name, const std::string& ending,
                         const std::string& version, const std::vector<double>& settings) {
  const PlannedFit& planned = subject_.fits[fit];
  data::Hasher hasher;
  hasher.add(version)
      .add(planned.hash)
      .add(read_fit_record(subject_.run.folds() / planned.directory).weights_checksum);
  for (const double setting : settings) hasher.add_number(setting);
  const std::string file = "seed-" + planned.seed + "-fold-" + std::to_string(planned.fold) + ending;
  tasks_.push_back({fit, std::move(name), subject_.directory() / "parts" / file, hasher.hex()});
}

std::vector<std::size_t> Explainer::tasks_left() const {
  std::vector<std::size_t> left;
  for (std::size_t task = 0; task < tasks_.size(); ++task) {
    if (!is_done(task)) left.push_back(task);
  }
  return left;
}

void Explainer::compute(std::size_t task) const {
  const PlannedFit& fit = fit_of(task);
  const std::filesystem::path directory = subject_.run.folds() / fit.directory;
  FitWeights weights = read_fit_weights(directory, fit.hash);
  if (weights.state != FitState::good) {
    throw Error("the fit has no weights to explain", directory.string(),
                "run `musicmem train` on the experiment again");
  }
  data::make_directories(tasks_[task].file.parent_path());
  explain(task, std::move(weights));
}

ExplanationSummary Explainer::write() const {
  for (std::size_t task = 0; task < tasks_.size(); ++task) {
    if (is_done(task)) continue;
    throw Error("the explanation of a fit is missing", fit_of(task).directory, "run the same command again");
  }
  const Findings found = findings();
  const std::filesystem::path directory = subject_.directory();
  begin_explanation(directory);
  for (const auto& [name, bytes] : found.files) data::write_file_durably(directory / name, bytes);
  finish_explanation(directory, method(), subject_.fits, found.figures);
  return found.summary;
}

}  // namespace musicmem::launcher
