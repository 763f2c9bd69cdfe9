// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/run_plan.h"
#include "models/bootstrap.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::launcher {

// What a run's fits predicted of the tracks that each was not trained on.
struct OutOfFold {
  std::map<std::string, double> scores;  // of each tested track, mean over seeds
  std::vector<double> residuals;         // label - prediction of every track and seed, ascending

  // Where the score of a new clip lies with a probability of 95 %, as far as the study's clips tell: `score`
  // and the 2.5 % and 97.5 % quantiles of the residuals. Empty where there are none.
  std::optional<models::Interval> interval_around(double score) const;
};

// Of the good ones among these fits, which are of one model and variant.
OutOfFold read_out_of_fold(const RunDirectory& run, const std::vector<PlannedFit>& fits);

}  // namespace musicmem::launcher
