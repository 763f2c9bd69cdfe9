// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/setting_differences.h"
#include "launcher/results/clip_sounds.h"
#include "launcher/results/fit_group.h"
#include "launcher/run/run_directory.h"
#include "launcher/study/run_plan.h"

#include <string>
#include <vector>

namespace musicmem::launcher {

// A planned fit that does not count, and why: not there yet, of other inputs, or damaged.
struct MissingFit {
  std::string directory;
  std::string reason;
  bool is_damaged = false;  // it is there, and training again replaces it
};

// What made a run's numbers, without times, hosts and paths.
struct Provenance {
  std::string data_hash;                                      // as in RunPlan
  std::string revision;                                       // of the program that trained last
  std::vector<std::pair<std::string, std::string>> versions;  // library, version; of that program
  std::vector<std::string> seeds;
  std::string configuration;    // YAML of what results follow from, with every default; files by their names
  std::string listed_settings;  // the same without what is off
  FeatureOrigin features;
  std::vector<AdjustedClip> adjusted;
};

// The settings in which two runs differ, of those that results follow from.
struct RunDifference {
  std::string a;
  std::string b;
  std::vector<config::SettingDifference> settings;
};

// All that a report says, computed from plan.json and the fits' predictions.csv.
struct RunResults {
  RunPlan plan;
  std::vector<FitGroup> groups;     // one per model and variant, in the plan's order
  std::vector<MissingFit> missing;  // in the plan's order
  std::vector<Failure> failures;
  std::vector<std::pair<std::string, Provenance>> provenance;  // of each run, by its name here
  std::vector<RunDifference> differences;                      // between several runs, each against the first
  ClipSounds sounds;                                           // of several runs, those of the first

  std::size_t finished_fits() const;
};

// Reads a run, one group of fits at a time: memory grows with the tracks and fits, not with the predictions.
// A fit is missing whose files are not the plan's, were changed, or hold predictions of other tracks, folds,
// seeds or labels than this study's. Throws Error where there is no plan.
RunResults read_run_results(const RunDirectory& run);

// Several runs as one, their models named "<run>/<model>"; what differs between them without harm, such as
// how features were made, stays in the provenance of each. Throws Error that names the first difference if
// they do not test the same tracks with the same labels in the same folds by the same protocol and pooling.
RunResults merge_runs(std::vector<RunResults> runs, const std::vector<std::string>& names);

}  // namespace musicmem::launcher
