// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/fold_fit.h"

#include "config/error.h"
#include "data/hash.h"
#include "models/folds.h"
#include "models/lds.h"
#include "models/normalisation.h"
#include "models/pooling.h"
#include "models/trained_model.h"
#include "models/training_rows.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

namespace musicmem::models {
namespace {

std::string seed_text(const FoldFitRequest& request) {
  return request.study_seed ? std::to_string(*request.study_seed) : "none";
}

// Seed of one generator of this fit.
std::uint64_t fit_seed(const FoldFitRequest& request, const char* purpose) {
  return data::seed_from({seed_text(request), request.model.label, config::to_string(request.variant),
                          std::to_string(request.fold), purpose});
}

// Seed of the draw of validation tracks, common to all models and variants.
std::uint64_t validation_seed(const FoldFitRequest& request) {
  return data::seed_from({seed_text(request), std::to_string(request.fold), "validation"});
}

std::string fit_name(const FoldFitRequest& request) {
  return request.model.label + ", variant " + config::to_string(request.variant) + ", fold " +
         std::to_string(request.fold);
}

void check_request(const FoldFitRequest& request) {
  assert(request.fold >= 0 && request.fold < request.cross_validation.folds);
  assert(request.study_seed || fit_is_deterministic(request.model, request.shuffled_control));
  check_model_supports(request.model, request.variant);
  if (config::uses_augmented_rows(request.variant) && !request.table.has_augmented_rows()) {
    throw Error("there are no pitch-shifted rows to train on", fit_name(request),
                "set augment.pitch_semitones or drop the variant");
  }
}

Split make_split(const FoldFitRequest& request) {
  const std::vector<int> fold_of = assign_folds(request.table.labels, request.cross_validation);
  Split split = split_tracks(fold_of, request.fold, tracks_with_rows(request.table));
  if (traits_of(request.model.name).stops_early) {
    hold_out_validation(split, split.test.size(), validation_seed(request));
  }
  if (split.test.empty()) {
    throw Error("no track of the test fold has features", fit_name(request), "see the failed clips");
  }
  if (split.train.empty()) {
    throw Error("no track is left to train on", fit_name(request), "see the failed clips");
  }
  return split;
}

// The labels to learn: true ones, or permuted over the tracks that are not tested.
std::vector<double> labels_to_learn(const FoldFitRequest& request, const Split& split) {
  if (!request.shuffled_control) return request.table.labels;
  std::vector<int> learned = split.train;
  learned.insert(learned.end(), split.validation.begin(), split.validation.end());
  std::sort(learned.begin(), learned.end());
  return permute_labels(request.table.labels, learned, fit_seed(request, "labels"));
}

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
        traits_(traits_of(request.model.name)),
        split_(make_split(request)),
        train_rows_(rows_of_tracks(table_, split_.train, config::uses_augmented_rows(request.variant))),
        regressor_(make_regressor(request.model, request.limits)) {
    if (traits_.uses_features) normalisation_ = Normalisation::of(feature_rows(table_, train_rows_));
  }

  void train() {
    const std::vector<double> labels = labels_to_learn(request_, split_);
    TrainingSet train = make_set(table_, train_rows_, features(train_rows_, normalisation_), labels);
    train.augmented = config::uses_augmented_rows(request_.variant);
    if (config::uses_lds_weights(request_.variant)) train.row_weights = lds_weights(train.y);
    const Rows validation_rows = rows_of_tracks(table_, split_.validation, false);
    const TrainingSet validation =
        make_set(table_, validation_rows, features(validation_rows, normalisation_), labels);
    regressor_->fit(train, validation, fit_seed(request_, "fit"));
  }

  FoldFitResult result() const {
    FoldFitResult result;
    const Rows test_rows = rows_of_tracks(table_, split_.test, false);
    const bool own_statistics = request_.cross_validation.protocol == config::Protocol::audmem;
    const std::optional<Normalisation> test_normalisation =
        traits_.uses_features && own_statistics
            ? std::optional(Normalisation::of(feature_rows(table_, test_rows)))
            : normalisation_;
    result.segments = predict_segments(split_.test, test_normalisation);
    result.tracks = pool(result.segments);
    result.test = metrics_of(result.tracks);
    if (!split_.validation.empty()) {
      result.validation = metrics_of(pool(predict_segments(split_.validation, normalisation_)));
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
    const std::vector<double> row_scores = scores(tracks, rows, normalisation);
    std::vector<SegmentPrediction> segments;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const int track = table_.row_track[rows[i]];
      const double label = table_.labels[static_cast<std::size_t>(track)];
      segments.push_back({track, table_.row_segment[rows[i]], label, row_scores[i]});
    }
    std::stable_sort(segments.begin(), segments.end(),
                     [](const auto& x, const auto& y) { return x.track < y.track; });
    return segments;
  }

  // Segments of one track follow each other.
  std::vector<TrackPrediction> pool(const std::vector<SegmentPrediction>& segments) const {
    const config::Pooling pooling = pooling_of(request_.cross_validation);
    std::vector<TrackPrediction> tracks;
    for (std::size_t first = 0; first < segments.size();) {
      std::vector<double> of_track;
      std::size_t next = first;
      while (next < segments.size() && segments[next].track == segments[first].track) {
        of_track.push_back(segments[next++].prediction);
      }
      tracks.push_back({segments[first].track, segments[first].label, pool_segments(of_track, pooling)});
      first = next;
    }
    return tracks;
  }

  static Metrics metrics_of(const std::vector<TrackPrediction>& tracks) {
    std::vector<double> labels;
    std::vector<double> predictions;
    for (const TrackPrediction& track : tracks) {
      labels.push_back(track.label);
      predictions.push_back(track.prediction);
    }
    return compute_metrics(labels, predictions);
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
  ModelTraits traits_;
  Split split_;
  Rows train_rows_;
  std::unique_ptr<Regressor> regressor_;
  std::optional<Normalisation> normalisation_;  // of the rows trained on
};

}  // namespace

bool fit_is_deterministic(const config::ModelSpec& model, bool shuffled_control) {
  return !shuffled_control && !traits_of(model.name).uses_randomness;
}

FoldFitResult fit_fold(const FoldFitRequest& request) {
  check_request(request);
  FoldFit fit(request);
  fit.train();
  return fit.result();
}

}  // namespace musicmem::models
