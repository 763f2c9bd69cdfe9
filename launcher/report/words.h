// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/report/report.h"
#include "launcher/text/document.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

// What every form of a report says, in plain text that the form escapes.
namespace musicmem::launcher {

// Of a synthetic study and of protocol audmem.
std::vector<Warning> report_warnings(const RunPlan& plan);

// How many resamples are behind the intervals: "10,000", or "2,000 to 10,000" where some groups have too many
// predictions for all; so too for the flips of the permutation tests.
std::string resamples_text(const RunResults& results);
std::string permutations_text(const Comparisons& comparisons);

// The terms of the tables that these results use, each explained once.
std::string terms_note(const RunResults& results);

// Below the table of results: how its numbers were made and what to make of them.
std::vector<std::string> result_notes(const RunResults& results);

// Below the comparisons: the tests, their families and the chosen variants.
std::vector<std::string> comparison_notes(const Report& report);

// The part of them on single pairs: which differences are large by construction, which predict the same, and
// in which settings the runs differ.
std::vector<std::string> pair_notes(const Report& report);

// How to read what `explain` left, and which of it is not shown.
std::vector<std::string> explanation_notes(const Report& report);

// Tracks of the plan whose clip could not be prepared and that no fit has predicted; a clip that fails later
// was part of the fits.
std::set<std::string> unprepared_tracks(const RunResults& results);

// "10 folds", "10 folds, repeated 3 times"
std::string folds_text(const RunPlan& plan);

// 0 in a study without groups.
std::size_t count_groups(const RunPlan& plan);

// How many tracks the study is about: "15 tracks", "15 tracks in 4 groups", or "14 of 15 tracks" where one could
// not be prepared.
std::string tracks_text(const RunResults& results);

// What must be known of some models wherever their numbers stand: how many resamples an interval leaves out,
// that it misses its estimate, that a pooled correlation of kind `mean` is negative, and that a transformer
// began with random weights.
std::vector<std::string> model_notes(const RunResults& results);

// How features were made, and which are approximations or left out; of each run where they differ.
std::vector<std::string> feature_notes(const RunResults& results);

// The data and how features were made.
std::vector<std::string> data_notes(const RunResults& results);

// Titles and values: data hash, program, libraries, seeds.
std::vector<std::pair<std::string, std::string>> provenance_facts(const Provenance& provenance);

// What the study is and which model does best, in two sentences.
std::string study_summary(const RunResults& results);

// What captions that stand alone begin with: the study, its tracks, its folds, and that it is synthetic.
std::string sample_text(const RunResults& results);

// The chosen variant with the highest pooled correlation; none where none is defined.
const FitGroup* best_group(const RunResults& results);

// A row per model and variant: their correlations and errors, and the other metrics; for a publication the correlations
// alone, and all others.
Table result_table(const RunResults& results);
Table metric_table(const RunResults& results);
Table published_result_table(const RunResults& results);
Table published_metric_table(const RunResults& results);

// The ten tracks that the best model predicts worst, the worst first, with players where `sounds` has the track's address;
// no rows where no model is best.
using Sounds = std::map<std::string, std::string>;
std::vector<std::string> worst_tracks(const RunResults& results);
Table worst_table(const RunResults& results, const Sounds& sounds);

// At 5 %, by the corrected t-test after Holm's correction.
bool is_significant(const Comparison& comparison);

// A row per pair and metric of those that `is_meant` takes, the significant ones marked.
Table comparison_table(const Comparisons& comparisons,
                       const std::function<bool(const Comparison&)>& is_meant);
std::string family_title(Family family);

// How likely a difference is to matter, and how small a one the design could have found: a row per pair and metric
// with a test; and how to read it.
Table equivalence_table(const Comparisons& comparisons,
                        const std::function<bool(const Comparison&)>& is_meant);
std::vector<std::string> equivalence_notes(const Report& report);

// A row per model and variant whose settings were searched, and one per fit of them.
Table search_table(const RunResults& results);
Table search_fits_table(const RunResults& results);
std::vector<std::string> search_notes(const RunResults& results);

// A row per model and share of the training tracks; none without learning curves.
Table learning_table(const RunResults& results);
std::vector<std::string> learning_notes();

// A row per model and variant: its correlation, and what is left of it given the covariates; none without them.
Table covariate_table(const RunResults& results);
std::vector<std::string> covariate_notes(const RunResults& results);

// How far the listeners' scores can be relied on: as data.reliability says, or as published for YTMM; and in words:
// "half against half 0.82; attainable 0.95".
std::optional<models::Reliability> reliability_of(const RunPlan& plan);
std::string reliability_text(const models::Reliability& reliability);

// A group's pooled correlation by the attainable one; empty where either is.
std::optional<double> attainable_share(const RunPlan& plan, const FitGroup& group);

// A row per model and variant with that share; none where nothing is known of the scores' reliability.
Table reliability_table(const RunResults& results);
std::vector<std::string> reliability_notes(const RunResults& results);

}  // namespace musicmem::launcher
