// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/scaled_labels.h"

#include "config/error.h"

#include <cmath>
#include <utility>

namespace musicmem::models {
namespace {

constexpr const char* low_name = "labels.low";
constexpr const char* span_name = "labels.span";

TrainingSet with_shares(const TrainingSet& set, const LabelScale& scale) {
  TrainingSet scaled = set;
  scaled.y = scale.shares(set.y);
  return scaled;
}

}  // namespace

ScaledLabels::ScaledLabels(std::unique_ptr<Regressor> inner, const LabelScale& scale)
    : inner_(std::move(inner)), scale_(scale) {}

ScaledLabels::ScaledLabels(std::unique_ptr<Regressor> inner, const weights::StateFile& state)
    : inner_(std::move(inner)), scale_{state.number(low_name), state.number(span_name)} {
  if (!std::isfinite(scale_.low) || !std::isfinite(scale_.span) || !(scale_.span > 0.0))
    throw Error("the scale of the labels is damaged", state.origin);
}

bool ScaledLabels::stands_in(const weights::StateFile& state) {
  return state.numbers.contains(span_name);
}

void ScaledLabels::fit(const TrainingSet& train, const TrainingSet& validation, std::uint64_t seed) {
  inner_->fit(with_shares(train, scale_), with_shares(validation, scale_), seed);
}

std::vector<double> ScaledLabels::predict(const data::Matrix& x) const {
  return scale_.labels(inner_->predict(x));
}

void ScaledLabels::save(weights::StateFile& state) const {
  inner_->save(state);
  state.numbers[low_name] = scale_.low;
  state.numbers[span_name] = scale_.span;
}

std::optional<std::vector<double>> ScaledLabels::linear_slope() const {
  std::optional<std::vector<double>> slope = inner_->linear_slope();
  if (!slope) return slope;
  for (double& value : *slope) value *= scale_.span;
  return slope;
}

data::Matrix ScaledLabels::coalition_scores(const data::Matrix& x, const Coalitions& coalitions,
                                            const Background& background) const {
  data::Matrix scores = inner_->coalition_scores(x, coalitions, background);
  for (std::size_t r = 0; r < scores.rows(); ++r) {
    for (double& score : scores.row(r)) score = scale_.label(score);
  }
  return scores;
}

}  // namespace musicmem::models
