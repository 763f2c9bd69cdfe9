// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/emotion_training.h"

#include "models/statistics/metrics.h"
#include "models/tables/normalisation.h"
#include "models/tabular/svr.h"

#include <cassert>
#include <cmath>
#include <functional>
#include <numeric>

namespace musicmem::models {
namespace {

struct Rows {
  data::Matrix x;
  std::vector<double> y;
};

// Rows whose number satisfies the condition.
Rows rows_where(const data::Matrix& x, std::span<const double> y,
                const std::function<bool(std::size_t)>& condition) {
  Rows rows;
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (!condition(i)) continue;
    rows.x.append_row(x.row(i));
    rows.y.push_back(y[i]);
  }
  return rows;
}

// A fit that standardises columns and labels, and undoes the latter when it predicts.
struct StandardisedFit {
  StandardisedFit(const Rows& train, double c) : columns(Normalisation::of(train.x)) {
    const double count = static_cast<double>(train.y.size());
    label_mean = std::accumulate(train.y.begin(), train.y.end(), 0.0) / count;
    double squares = 0.0;
    for (const double label : train.y) squares += (label - label_mean) * (label - label_mean);
    label_scale = squares > 0.0 ? std::sqrt(squares / count) : 1.0;

    TrainingSet set;
    set.x = columns.apply(train.x);
    for (const double label : train.y) set.y.push_back((label - label_mean) / label_scale);
    config::SvrSettings settings;
    settings.kernel = config::SvrKernel::linear;
    settings.c = c / static_cast<double>(set.x.columns());
    SvrRegressor svr(settings, {});
    svr.fit(set, {}, 0);
    weights = svr.linear_slope().value();
    const data::Matrix origin(1, set.x.columns());
    bias = svr.predict(origin).front();
  }

  std::vector<double> predict(const data::Matrix& x) const {
    const data::Matrix standardised = columns.apply(x);
    std::vector<double> scores;
    for (std::size_t r = 0; r < x.rows(); ++r) {
      const auto row = standardised.row(r);
      const double score = std::inner_product(row.begin(), row.end(), weights.begin(), bias);
      scores.push_back(label_mean + label_scale * score);
    }
    return scores;
  }

  Normalisation columns;
  double label_mean = 0.0;
  double label_scale = 1.0;
  std::vector<double> weights;
  double bias = 0.0;
};

LinearSvrQuality quality_of(std::span<const double> y, std::span<const double> predicted) {
  const double mean = std::accumulate(y.begin(), y.end(), 0.0) / static_cast<double>(y.size());
  double total = 0.0;
  for (const double label : y) total += (label - mean) * (label - mean);
  const double residual = mean_squared_error(y, predicted) * static_cast<double>(y.size());
  return {total > 0.0 ? 1.0 - residual / total : 0.0, spearman(y, predicted)};
}

}  // namespace

LinearSvrFit fit_linear_svr(const data::Matrix& x, std::span<const double> y, int folds, double c) {
  assert(x.rows() == y.size() && folds >= 2);
  std::vector<double> predicted(y.size());
  for (int fold = 0; fold < folds; ++fold) {
    const auto tested = [&](std::size_t i) { return static_cast<int>(i) % folds == fold; };
    const Rows train = rows_where(x, y, std::not_fn(tested));
    const std::vector<double> scores = StandardisedFit(train, c).predict(rows_where(x, y, tested).x);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      predicted[static_cast<std::size_t>(fold) + i * static_cast<std::size_t>(folds)] = scores[i];
    }
  }

  LinearSvrFit result;
  result.quality = quality_of(y, predicted);
  const StandardisedFit fit({x, {y.begin(), y.end()}}, c);
  result.weights = fit.weights;
  for (double& weight : result.weights) weight *= fit.label_scale;
  result.bias = fit.label_mean + fit.label_scale * fit.bias;
  return result;
}

}  // namespace musicmem::models
