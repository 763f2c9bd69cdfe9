// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "data/files/csv.h"
#include "data/files/names.h"
#include "launcher/results/run_results.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace musicmem::launcher {
namespace {

// The first way in which two runs do not test the same things, or nothing.
std::string first_difference(const RunPlan& a, const RunPlan& b) {
  if (a.folds != b.folds) {
    return std::to_string(a.folds) + " folds against " + std::to_string(b.folds);
  }
  if (a.protocol != b.protocol) {
    return "protocol " + to_string(a.protocol) + " against " + to_string(b.protocol);
  }
  if (a.pooling != b.pooling) {
    return "segment predictions pooled by their " + to_string(a.pooling) + " against " + to_string(b.pooling);
  }
  if (a.tracks.size() != b.tracks.size()) {
    return std::to_string(a.tracks.size()) + " tracks against " + std::to_string(b.tracks.size());
  }
  for (std::size_t t = 0; t < a.tracks.size(); ++t) {
    const PlannedTrack& x = a.tracks[t];
    const PlannedTrack& y = b.tracks[t];
    const std::string place = "track " + std::to_string(t + 1) + " ";
    if (data::nfc(x.name) != data::nfc(y.name)) return place + "is '" + x.name + "' against '" + y.name + "'";
    if (x.label != y.label) {
      return place + "('" + x.name + "') has the label " + data::format_number(x.label) + " against " +
             data::format_number(y.label);
    }
    if (x.fold != y.fold || x.later_folds != y.later_folds) {
      return place + "('" + x.name + "') is in fold " + std::to_string(x.fold) + " against fold " +
             std::to_string(y.fold);
    }
  }
  return "";
}

// The covariates of the first run that has any, for all; and what there is to say of runs that have others.
void merge_covariates(RunPlan& merged, const std::vector<RunResults>& runs,
                      const std::vector<std::string>& names) {
  const auto with_any = [](const RunResults& run) { return !run.plan.covariates.empty(); };
  const auto first = std::ranges::find_if(runs, with_any);
  if (first == runs.end()) return;
  merged.covariates = first->plan.covariates;
  for (std::size_t t = 0; t < merged.tracks.size(); ++t)
    merged.tracks[t].covariates = first->plan.tracks[t].covariates;
  const std::string& known = names[static_cast<std::size_t>(first - runs.begin())];
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const RunPlan& plan = runs[r].plan;
    const bool has_others =
        with_any(runs[r]) && (plan.covariates != merged.covariates ||
                              !std::ranges::equal(plan.tracks, merged.tracks, {}, &PlannedTrack::covariates,
                                                  &PlannedTrack::covariates));
    if (has_others) {
      merged.warnings.push_back(names[r] +
                                ": partial correlations are given other covariates than those of " + known);
    } else if (!with_any(runs[r])) {
      merged.warnings.push_back(names[r] + ": has no partial correlations, as it names no covariates");
    }
  }
}

// That of the first run that says any, for all; and what there is to say of runs that say another.
void merge_reliability(RunPlan& merged, const std::vector<RunResults>& runs,
                       const std::vector<std::string>& names) {
  const auto says_any = [](const RunResults& run) { return run.plan.reliability.has_value(); };
  const auto first = std::ranges::find_if(runs, says_any);
  if (first == runs.end()) return;
  merged.reliability = first->plan.reliability;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    if (!says_any(runs[r]) || runs[r].plan.reliability == merged.reliability) continue;
    merged.warnings.push_back(names[r] + ": names another reliability of the scores than " +
                              names[static_cast<std::size_t>(first - runs.begin())] +
                              ", which stands for both");
  }
}

}  // namespace

RunResults merge_runs(std::vector<RunResults> runs, const std::vector<std::string>& names) {
  RunResults merged;
  merged.plan = runs.front().plan;
  merged.sounds = runs.front().sounds;
  merged.plan.fits.clear();
  merged.plan.warnings.clear();
  merged.plan.name.clear();
  merged.plan.data_hash.clear();  // of each run in its provenance, as the origin of its features
  merged.plan.features = {};
  merged.plan.adjusted.clear();
  for (std::size_t r = 0; r < runs.size(); ++r) {
    RunResults& run = runs[r];
    const std::string difference = first_difference(runs.front().plan, run.plan);
    if (!difference.empty()) {
      throw Error("cannot be paired with " + names.front() + ": " + difference, names[r],
                  "compare runs of the same labels and folds");
    }
    const std::string prefix = names[r] + "/";
    merged.plan.name += (r == 0 ? "" : ", ") + names[r];
    merged.plan.synthetic |= run.plan.synthetic;
    merged.plan.ytmm |= run.plan.ytmm;
    for (FitGroup& group : run.groups) {
      group.run = names[r];
      group.model = prefix + group.model;
      merged.groups.push_back(std::move(group));
    }
    for (const MissingFit& fit : run.missing)
      merged.missing.push_back({prefix + fit.directory, fit.reason, fit.is_damaged});
    for (const Failure& failure : run.failures) {
      merged.failures.push_back({prefix + failure.task, failure.hash, failure.problem});
    }
    for (const std::string& warning : run.plan.warnings)
      merged.plan.warnings.push_back(names[r] + ": " + warning);
    for (PlannedFit fit : run.plan.fits) {
      fit.model = prefix + fit.model;
      fit.directory = prefix + fit.directory;
      merged.plan.fits.push_back(std::move(fit));
    }
    merged.provenance.emplace_back(names[r], std::move(run.provenance.front().second));
    const std::string& first = merged.provenance.front().second.configuration;
    if (r == 0) continue;
    merged.differences.push_back(
        {names[0], names[r],
         config::setting_differences(first, merged.provenance.back().second.configuration)});
  }
  merge_covariates(merged.plan, runs, names);
  merge_reliability(merged.plan, runs, names);
  return merged;
}

}  // namespace musicmem::launcher
