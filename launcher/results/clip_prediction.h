// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/protocol/predictor.h"
#include "models/statistics/bootstrap.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace musicmem::launcher {

// A feature and how far it moved the score.
using Reason = std::pair<std::string, double>;

// What is said of one clip.
struct ClipPrediction {
  double score = 0.0;       // mean over the models that vote
  double models_low = 0.0;  // 2.5 % and 97.5 % quantiles over them
  double models_high = 0.0;
  std::optional<models::Interval> interval;  // OutOfFold::interval_around() of the score
  std::optional<double> position;     // share of the study's scores that are smaller, ties by half; 0 to 1
  std::optional<double> out_of_fold;  // of a clip of the study: by the models that were not trained on it
  std::vector<Reason> reasons;        // largest first; empty unless asked for
};

// From the votes; `study_scores` may be empty, the position is then unknown.
ClipPrediction summarise_votes(std::vector<double> votes, const std::vector<double>& study_scores);

// The features that moved a clip's score furthest from that of the average training clip: their
// contributions, mean over the clip's rows and the models, at least one.
std::vector<Reason> top_reasons(const std::vector<models::Contributions>& models, std::size_t count = 3);

// "bpm +0.031; drums_db_mean -0.012"
std::string reasons_text(const std::vector<Reason>& reasons);

}  // namespace musicmem::launcher
