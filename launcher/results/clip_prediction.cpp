// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/results/clip_prediction.h"

#include "launcher/text/markup.h"
#include "models/statistics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <ranges>

#include <fmt/ranges.h>

namespace musicmem::launcher {

ClipPrediction summarise_votes(std::vector<double> votes, const std::vector<double>& study_scores) {
  constexpr double tail = 0.025;
  ClipPrediction prediction;
  prediction.score = std::accumulate(votes.begin(), votes.end(), 0.0) / static_cast<double>(votes.size());
  std::sort(votes.begin(), votes.end());
  prediction.models_low = models::quantile(votes, tail);
  prediction.models_high = models::quantile(votes, 1.0 - tail);
  if (study_scores.empty()) return prediction;
  double below = 0.0;
  for (const double score : study_scores) {
    below += score < prediction.score ? 1.0 : score == prediction.score ? 0.5 : 0.0;
  }
  prediction.position = below / static_cast<double>(study_scores.size());
  return prediction;
}

std::vector<Reason> top_reasons(const std::vector<models::Contributions>& models, std::size_t count) {
  const std::vector<std::string>& columns = models.front().columns;
  const std::size_t rows = models.front().values.rows();
  std::vector<double> sums(columns.size(), 0.0);
  for (const models::Contributions& model : models) {
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += model.values(r, j);
    }
  }
  std::vector<Reason> reasons;
  for (std::size_t j = 0; j < sums.size(); ++j) {
    reasons.emplace_back(columns[j], sums[j] / static_cast<double>(models.size() * rows));
  }
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const Reason& a, const Reason& b) { return std::abs(a.second) > std::abs(b.second); });
  reasons.resize(std::min(count, reasons.size()));
  return reasons;
}

std::string reasons_text(const std::vector<Reason>& reasons) {
  const auto text = [](const Reason& reason) {
    return reason.first + (reason.second < 0.0 ? " " : " +") + rounded(reason.second);
  };
  return fmt::format("{}", fmt::join(reasons | std::views::transform(text), "; "));
}

}  // namespace musicmem::launcher
