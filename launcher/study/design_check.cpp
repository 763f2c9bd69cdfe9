// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/design_check.h"

#include "launcher/study/study.h"
#include "models/kinds/model_kinds.h"
#include "models/statistics/metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace musicmem::launcher {
namespace {

std::string rounded(double value) {
  return fmt::format("{:.2g}", value);
}

double standard_deviation(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / n);
}

void look_at_order(const Study& study, std::vector<std::string>& warnings) {
  const config::CrossValidation& cv = study.experiment.cross_validation;
  if (cv.shuffle || cv.stratify || study.labels.size() < 2) return;
  std::vector<double> rows(study.labels.size());
  std::iota(rows.begin(), rows.end(), 0.0);
  constexpr double one_in_a_thousand = 3.29;  // standard deviations, on both sides
  const double limit = std::max(0.2, one_in_a_thousand / std::sqrt(static_cast<double>(rows.size()) - 1.0));
  const double correlation = models::spearman(rows, study.labels).value_or(0.0);
  if (std::abs(correlation) <= limit) return;
  warnings.push_back("scores correlate with the order of the rows (Spearman " + rounded(correlation) +
                     "), and the folds keep that order: models will seem worse than they are" +
                     (cv.protocol == config::Protocol::audmem ? "; bring the rows into a random order"
                                                              : "; set cross_validation.shuffle=0"));
}

void look_at_fold_size(const Study& study, std::vector<std::string>& warnings) {
  constexpr std::size_t enough = 8;
  const auto folds = static_cast<std::size_t>(study.experiment.cross_validation.folds);
  const std::size_t smallest = study.tracks.size() / folds;
  if (smallest >= enough) return;
  const std::size_t fitting = study.tracks.size() / enough;
  warnings.push_back("folds of " + std::to_string(smallest) + (smallest == 1 ? " track" : " tracks") +
                     " are small, their correlations are mostly chance; use " +
                     (fitting < 2 ? "" : "at most " + std::to_string(fitting) + " folds or ") +
                     "more tracks");
}

void look_at_models(const Study& study, std::vector<std::string>& warnings) {
  const double deviation = standard_deviation(study.labels);
  if (deviation == 0.0) return;
  for (const config::ModelSpec& model : study.experiment.models) {
    const models::ModelKind& kind = models::kind_of(model.name);
    const std::string warning =
        kind.settings_warning != nullptr ? kind.settings_warning(model, deviation) : "";
    if (!warning.empty()) warnings.push_back(warning);
  }
}

}  // namespace

std::vector<std::string> design_warnings(const Study& study) {
  std::vector<std::string> warnings;
  if (study.labels.empty()) return warnings;
  look_at_order(study, warnings);
  look_at_fold_size(study, warnings);
  look_at_models(study, warnings);
  return warnings;
}

}  // namespace musicmem::launcher
