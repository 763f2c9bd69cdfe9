// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/protocol/fold_fit.h"

#include "config/model_traits.h"
#include "config/settings/model.h"
#include "models/protocol/fold_parts.h"
#include "models/protocol/trained_model.h"
#include "models/svm/kernel.h"
#include "models/tables/normalisation.h"
#include "models/tables/pooling.h"
#include "models/tables/training_rows.h"
#include "models/tabular/scaled_labels.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

namespace musicmem::models {
namespace {

TrainingSet make_set(const data::SegmentTable& table, const Rows& rows, data::Matrix x,
                     const std::vector<double>& labels) {
  TrainingSet set;
  set.x = std::move(x);
  for (const std::size_t row : rows) {
    set.track.push_back(table.row_track[row]);
    set.y.push_back(labels[static_cast<std::size_t>(table.row_track[row])]);
  }
  return set;
}

// One fit on its way: the split, the rows of its parts and the model.
class FoldFit {
 public:
  explicit FoldFit(const FoldFitRequest& request)
      : request_(request),
        table_(request.table),
        traits_(config::traits_of(request.model.name)),
        split_(make_split(request)) {
    const bool is_augmented = config::uses_augmented_rows(request.variant);
    const Rows train_rows = rows_of_tracks(table_, split_.train, is_augmented);
    if (traits_.uses_features) normalisation_ = Normalisation::of(feature_rows(table_, train_rows));
    const std::vector<double> labels = labels_to_learn(request, split_);
    train_ = make_set(table_, train_rows, features(train_rows, normalisation_), labels);
    train_.augmented = is_augmented;
    scale_ = LabelScale::of(request.range, train_.y);
    train_.row_weights = row_weights(request, split_, train_rows, scale_.shares(train_.y));
    const Rows validation_rows = rows_of_tracks(table_, split_.validation, false);
    validation_ = make_set(table_, validation_rows, features(validation_rows, normalisation_), labels);
  }

  void train(const config::ModelSpec& model, const FitLimits& limits) {
    regressor_ = make_regressor(model, limits);
    if (!scale_.is_identity()) regressor_ = std::make_unique<ScaledLabels>(std::move(regressor_), scale_);
    regressor_->fit(train_, validation_, fit_seed(request_, "fit"));
  }

  std::vector<SegmentPrediction> predict_test() const {
    const bool own_statistics = request_.cross_validation.protocol == config::Protocol::audmem;
    if (!traits_.uses_features || !own_statistics) return predict_segments(split_.test, normalisation_);
    const Rows test_rows = rows_of_tracks(table_, split_.test, false);
    return predict_segments(split_.test, Normalisation::of(feature_rows(table_, test_rows)));
  }

  FoldFitResult result() const {
    FoldFitResult result;
    result.segments = predict_test();
    result.tracks = pool_tracks(result.segments, request_.cross_validation);
    result.test = metrics_of(result.tracks);
    if (!split_.validation.empty()) {
      result.validation = metrics_of(
          pool_tracks(predict_segments(split_.validation, normalisation_), request_.cross_validation));
    }
    result.curve = regressor_->training_curve();
    regressor_->save(result.weights);
    description().save(result.weights);
    return result;
  }

 private:
  // Normalised rows; without columns for models that do not look at features.
  data::Matrix features(const Rows& rows, const std::optional<Normalisation>& normalisation) const {
    if (!normalisation) return data::Matrix(rows.size(), 0);
    return normalisation->apply(feature_rows(table_, rows));
  }

  // One score per row of `rows`, which are the originals of `tracks`.
  std::vector<double> scores(const std::vector<int>& tracks, const Rows& rows,
                             const std::optional<Normalisation>& normalisation) const {
    if (traits_.uses_features) return regressor_->predict(features(rows, normalisation));
    // A track has one score here, whatever the number of its segments.
    const std::vector<double> track_scores = regressor_->predict(data::Matrix(tracks.size(), 0));
    std::vector<double> result;
    for (const std::size_t row : rows) {
      const auto place =
          std::lower_bound(tracks.begin(), tracks.end(), table_.row_track[row]) - tracks.begin();
      result.push_back(track_scores[static_cast<std::size_t>(place)]);
    }
    return result;
  }

  std::vector<SegmentPrediction> predict_segments(const std::vector<int>& tracks,
                                                  const std::optional<Normalisation>& normalisation) const {
    const Rows rows = rows_of_tracks(table_, tracks, false);
    return segment_predictions(request_, rows, scores(tracks, rows, normalisation));
  }

  FitDescription description() const {
    FitDescription description;
    description.model_label = request_.model.label;
    description.variant = request_.variant;
    description.features = request_.model.features;
    description.pooling = pooling_of(request_.cross_validation);
    description.shuffled_control = request_.shuffled_control;
    description.fold = request_.fold;
    description.seed = seed_text(request_);
    if (traits_.uses_features) description.columns = table_.columns;
    description.normalisation = normalisation_;
    return description;
  }

  const FoldFitRequest& request_;
  const data::SegmentTable& table_;
  config::ModelTraits traits_;
  Split split_;
  std::optional<Normalisation> normalisation_;  // of the rows trained on
  TrainingSet train_;
  TrainingSet validation_;
  LabelScale scale_;
  std::unique_ptr<Regressor> regressor_;
};

}  // namespace

bool fit_is_deterministic(const config::ModelSpec& model, bool shuffled_control) {
  return !shuffled_control && !config::traits_of(model.name).uses_randomness;
}

FoldFitResult fit_fold(const FoldFitRequest& request) {
  check_request(request);
  FoldFit fit(request);
  fit.train(request.model, request.limits);
  return fit.result();
}

std::vector<Metrics> score_models(const FoldFitRequest& request,
                                  const std::vector<config::ModelSpec>& models) {
  check_request(request);
  FoldFit fit(request);
  KernelCache kernels;
  FitLimits limits = request.limits;
  limits.kernels = &kernels;
  std::vector<Metrics> scores;
  for (const config::ModelSpec& model : models) {
    fit.train(model, limits);
    scores.push_back(metrics_of(pool_tracks(fit.predict_test(), request.cross_validation)));
  }
  return scores;
}

}  // namespace musicmem::models
