// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/out_of_fold.h"

#include "launcher/fit_files.h"

#include <algorithm>
#include <utility>

namespace musicmem::launcher {

std::optional<models::Interval> OutOfFold::interval_around(double score) const {
  if (residuals.empty()) return std::nullopt;
  constexpr double tail = 0.025;
  return models::Interval{score + models::quantile(residuals, tail),
                          score + models::quantile(residuals, 1.0 - tail)};
}

OutOfFold read_out_of_fold(const RunDirectory& run, const std::vector<PlannedFit>& fits) {
  OutOfFold result;
  std::map<std::string, std::pair<double, int>> sums;
  for (const PlannedFit& fit : fits) {
    // Rows of a good fit only: others have none.
    for (const PredictionRow& row : read_published_fit(run.folds() / fit.directory, fit.hash).rows) {
      result.residuals.push_back(row.label - row.prediction);
      auto& [sum, count] = sums[row.track];
      sum += row.prediction;
      ++count;
    }
  }
  for (const auto& [track, sum] : sums) result.scores[track] = sum.first / sum.second;
  std::sort(result.residuals.begin(), result.residuals.end());
  return result;
}

}  // namespace musicmem::launcher
