// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/results/learning_curve.h"

#include "models/protocol/folds.h"

#include <algorithm>
#include <string>

namespace musicmem::launcher {
namespace {

// As the fits drew them; clips that could not be prepared are not known here and count.
double training_tracks(const RunPlan& plan, double share) {
  const int folds_of_repeat = plan.folds / plan.repeats;
  std::vector<std::string> groups;
  for (const PlannedTrack& track : plan.tracks) {
    if (!track.group.empty()) groups.push_back(track.group);
  }
  double sum = 0.0;
  for (int fold = 0; fold < plan.folds; ++fold) {
    models::Split split;
    for (std::size_t t = 0; t < plan.tracks.size(); ++t) {
      if (!plan.tracks[t].is_tested_in(fold)) split.train.push_back(static_cast<int>(t));
    }
    if (share < 1.0)
      models::keep_share(split, share, models::share_seed(fold % folds_of_repeat, fold / folds_of_repeat),
                         groups);
    sum += static_cast<double>(split.train.size());
  }
  return sum / plan.folds;
}

}  // namespace

std::vector<LearningCurve> learning_curves(const RunResults& results) {
  std::vector<LearningCurve> curves;
  for (auto first = results.groups.begin(); first != results.groups.end(); ++first) {
    const auto same_model = [&](const FitGroup& group) { return group.model == first->model; };
    const bool is_first = std::find_if(results.groups.begin(), first, same_model) == first;
    if (!is_first || !first->may_stand_for_model()) continue;
    LearningCurve curve;
    for (const FitGroup& group : results.groups) {
      if (same_model(group) && group.is_share())
        curve.push_back({&group, group.share(), training_tracks(results.plan, group.share())});
    }
    if (curve.empty()) continue;
    curve.push_back({&*first, 1.0, training_tracks(results.plan, 1.0)});
    std::ranges::stable_sort(curve, {}, &LearningPoint::share);
    curves.push_back(std::move(curve));
  }
  return curves;
}

}  // namespace musicmem::launcher
