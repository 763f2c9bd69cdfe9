// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/results/clip_prediction.h"

#include "config/error.h"
#include "launcher/text/markup.h"
#include "models/shap/shap.h"
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

std::vector<Reason> top_reasons(std::span<const models::TrainedModel> models, const data::Matrix& rows,
                                std::size_t count) {
  constexpr std::size_t samples = 600;
  const std::vector<std::string>& columns = models.front().description().columns;
  if (columns.empty()) {
    throw Error("the model has no named features to give reasons by", "predict", "leave out --explain");
  }
  std::vector<double> sums(columns.size(), 0.0);
  for (const models::TrainedModel& model : models) {
    // Normalised features are 0 at the mean of the training rows.
    const models::Background average{data::Matrix(1, columns.size()), {1.0}};
    const data::Matrix x = model.description().normalisation->apply(rows);
    const models::ShapValues shap = models::shap_values(model.regressor(), x, average, {samples, 1});
    for (std::size_t r = 0; r < x.rows(); ++r) {
      for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += shap.values(r, j);
    }
  }
  std::vector<Reason> reasons;
  for (std::size_t j = 0; j < sums.size(); ++j) {
    reasons.emplace_back(columns[j], sums[j] / static_cast<double>(models.size() * rows.rows()));
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
