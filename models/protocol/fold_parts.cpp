// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/protocol/fold_parts.h"

#include "config/error.h"
#include "config/model_traits.h"
#include "config/settings/model.h"
#include "data/files/hash.h"
#include "models/tables/lds.h"
#include "models/tables/pooling.h"
#include "models/tables/training_rows.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace musicmem::models {
namespace {

// "3", or "3 of repeat 2" of a later partition, or "3, inner fold 1".
std::string fold_text(const FoldFitRequest& request) {
  return std::to_string(request.fold) +
         (request.repeat > 0 ? " of repeat " + std::to_string(request.repeat) : "") +
         (request.inner ? ", inner fold " + std::to_string(request.inner->fold) : "");
}

std::string fit_name(const FoldFitRequest& request) {
  return request.model.label + ", variant " + config::to_string(request.variant) + ", fold " +
         fold_text(request);
}

// The fit that an inner fold belongs to.
FoldFitRequest outer_fit(const FoldFitRequest& request) {
  FoldFitRequest outer = request;
  outer.inner.reset();
  return outer;
}

// `tracks` cut as a study of their own, in order, or with their groups together.
Split inner_split(const FoldFitRequest& request, const std::vector<int>& tracks) {
  std::vector<double> labels;
  std::vector<std::string> groups;
  for (const int track : tracks) {
    labels.push_back(request.table.labels[static_cast<std::size_t>(track)]);
    if (!request.table.groups.empty())
      groups.push_back(request.table.groups[static_cast<std::size_t>(track)]);
  }
  config::CrossValidation in_order;
  in_order.folds.number = request.inner->folds;
  in_order.shuffle.reset();
  std::vector<int> fold_of(request.table.tracks.size(), never_tested);
  std::vector<bool> is_usable(request.table.tracks.size(), false);
  std::vector<int> inner;
  try {
    inner = assign_folds({.labels = labels, .groups = groups}, in_order);
  } catch (const Error& error) {
    throw Error("search.inner_folds: " + error.problem(), fit_name(outer_fit(request)), error.advice());
  }
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    fold_of[static_cast<std::size_t>(tracks[i])] = inner[i];
    is_usable[static_cast<std::size_t>(tracks[i])] = true;
  }
  return split_tracks(fold_of, request.inner->fold, is_usable);
}

// Values of the tracks' labels as they are learned: in a control permuted over the tracks that are not tested.
std::vector<double> as_learned(const FoldFitRequest& request, const Split& split,
                               const std::vector<double>& values) {
  if (!request.shuffled_control) return values;
  if (request.inner) {
    const FoldFitRequest outer = outer_fit(request);
    return as_learned(outer, make_split(outer), values);
  }
  std::vector<int> learned = split.train;
  learned.insert(learned.end(), split.validation.begin(), split.validation.end());
  std::sort(learned.begin(), learned.end());
  return permute_labels(values, learned, fit_seed(request, "labels"));
}

// Seed of the draw of validation tracks, common to all models and variants.
std::uint64_t validation_seed(const FoldFitRequest& request) {
  return data::seed_from({seed_text(request), fold_text(request), "validation"});
}

}  // namespace

std::string seed_text(const FoldFitRequest& request) {
  return request.study_seed ? std::to_string(*request.study_seed) : "none";
}

std::uint64_t fit_seed(const FoldFitRequest& request, const char* purpose) {
  return data::seed_from({seed_text(request), request.model.label, config::to_string(request.variant),
                          fold_text(request), purpose});
}

void check_request(const FoldFitRequest& request) {
  assert(request.fold >= 0 &&
         request.fold < count_folds(fold_tracks(request.table), request.cross_validation));
  assert(request.study_seed || fit_is_deterministic(request.model, request.shuffled_control));
  const config::ModelTraits traits = config::traits_of(request.model.name);
  if ((request.variant != config::Variant::vanilla && !traits.uses_features) ||
      (config::uses_lds_weights(request.variant) && !traits.takes_weights)) {
    throw Error("model " + request.model.name + " has no variant " + config::to_string(request.variant),
                fit_name(request));
  }
  if (config::uses_augmented_rows(request.variant) && !request.table.has_augmented_rows()) {
    throw Error("there are no pitch-shifted rows to train on", fit_name(request),
                "set augment.pitch_semitones or drop the variant");
  }
}

Split make_split(const FoldFitRequest& request) {
  const std::vector<int> fold_of =
      assign_folds(fold_tracks(request.table), request.cross_validation, request.repeat);
  Split split = split_tracks(fold_of, request.fold, tracks_with_rows(request.table));
  std::size_t validated = split.test.size();
  if (request.share < 1.0) {
    keep_share(split, request.share, share_seed(request.fold, request.repeat), request.table.groups);
    validated = std::max<std::size_t>(
        1, static_cast<std::size_t>(std::lround(request.share * static_cast<double>(validated))));
  }
  if (request.inner) {
    split = inner_split(request, split.train);
    validated = split.test.size();
  }
  if (config::traits_of(request.model.name).stops_early) {
    hold_out_validation(split, validated, validation_seed(request), request.table.groups);
  }
  if (split.test.empty()) {
    throw Error("no track of the test fold has features", fit_name(request), "see the failed clips");
  }
  if (split.train.empty()) {
    throw Error("no track is left to train on", fit_name(request), "see the failed clips");
  }
  return split;
}

std::size_t training_rows(const FoldFitRequest& request) {
  const bool augmented = config::uses_augmented_rows(request.variant);
  return rows_of_tracks(request.table, make_split(request).train, augmented).size();
}

std::vector<double> labels_to_learn(const FoldFitRequest& request, const Split& split) {
  return as_learned(request, split, request.table.labels);
}

std::vector<double> row_weights(const FoldFitRequest& request, const Split& split, const Rows& rows,
                                std::span<const double> shares) {
  std::vector<double> weights;
  if (config::uses_lds_weights(request.variant)) weights = lds_weights(shares);
  if (request.table.weights.empty()) return weights;
  const std::vector<double> of_tracks = as_learned(request, split, request.table.weights);
  weights.resize(rows.size(), 1.0);
  for (std::size_t i = 0; i < rows.size(); ++i)
    weights[i] *= of_tracks[static_cast<std::size_t>(request.table.row_track[rows[i]])];
  const double mean =
      std::accumulate(weights.begin(), weights.end(), 0.0) / static_cast<double>(weights.size());
  for (double& weight : weights) weight /= mean;
  return weights;
}

std::vector<double> labels_to_reach(const FoldFitRequest& request) {
  if (!request.inner) return request.table.labels;
  const FoldFitRequest outer = outer_fit(request);
  return labels_to_learn(outer, make_split(outer));
}

std::vector<SegmentPrediction> segment_predictions(const FoldFitRequest& request,
                                                   const std::vector<std::size_t>& rows,
                                                   const std::vector<double>& scores) {
  const data::SegmentTable& table = request.table;
  const std::vector<double> labels = labels_to_reach(request);
  std::vector<SegmentPrediction> segments;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const int track = table.row_track[rows[i]];
    const double label = labels[static_cast<std::size_t>(track)];
    segments.push_back({track, table.row_segment[rows[i]], label, scores[i]});
  }
  std::stable_sort(segments.begin(), segments.end(),
                   [](const auto& x, const auto& y) { return x.track < y.track; });
  return segments;
}

std::vector<TrackPrediction> pool_tracks(const std::vector<SegmentPrediction>& segments,
                                         const config::CrossValidation& settings) {
  const config::Pooling pooling = pooling_of(settings);
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

Metrics metrics_of(const std::vector<TrackPrediction>& tracks) {
  std::vector<double> labels;
  std::vector<double> predictions;
  for (const TrackPrediction& track : tracks) {
    labels.push_back(track.label);
    predictions.push_back(track.prediction);
  }
  return compute_metrics(labels, predictions);
}

}  // namespace musicmem::models
