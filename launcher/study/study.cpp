// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/study.h"

#include "config/counted.h"
#include "config/error.h"
#include "config/exact_text.h"
#include "data/demo/study.h"
#include "data/ehc_table.h"
#include "data/files/names.h"
#include "data/labels.h"
#include "data/recorded_clip.h"
#include "features/feature_blocks.h"
#include "features/feature_set.h"
#include "features/sources/side_inputs.h"
#include "launcher/study/covariates.h"
#include "launcher/study/design_check.h"
#include "launcher/study/feature_sources.h"
#include "launcher/study/reliability_file.h"
#include "models/protocol/folds.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace musicmem::launcher {
namespace {

void add_note(Study& study, const std::string& note) {
  if (!note.empty()) study.warnings.push_back({WarningKind::reading, note});
}

void add_track(Study& study, const data::Label& label, bool has_groups, bool has_folds) {
  if (study.experiment.data.target.weights.any()) study.weights.push_back(label.weight);
  study.tracks.push_back(label.track);
  study.labels.push_back(label.score);
  if (has_groups) study.groups.push_back(label.group);
  if (has_folds) study.given_folds.push_back(label.fold);
}

// The clip's path below the audio as the name of one file; of clips that lie in no sub-folder, as it is.
std::string with_escaped_folders(const std::string& path) {
  if (path.find('/') == std::string::npos) return path;
  std::string name;
  for (const char c : path) name += c == '/' ? "%2F" : c == '%' ? "%25" : std::string(1, c);
  return name;
}

void read_labelled_audio(Study& study) {
  const config::Source& source = study.experiment.data;
  const data::TrackColumns columns = track_columns(study.experiment);
  data::LabelTable table = data::read_labels(source.labels, columns);
  add_note(study, table.note);
  if (!is_from_audio(study.experiment)) {
    for (const data::Label& label : table.labels)
      add_track(study, label, table.has_groups, columns.needs_fold);
    return;
  }
  const data::LabelledClips clips = data::match_labels(std::move(table.labels), source.audio);
  for (const std::string& note : clips.notes) add_note(study, note);
  std::map<std::string, int> stems;
  for (const std::string& name : clips.names) ++stems[data::stem_of(with_escaped_folders(name))];
  for (std::size_t i = 0; i < clips.labels.size(); ++i) {
    const std::string& name = clips.names[i];
    const std::string stem = data::stem_of(with_escaped_folders(name));
    add_track(study, clips.labels[i], table.has_groups, columns.needs_fold);
    // A name of a file that is unique whatever the other tracks are called.
    const bool plain = stems[stem] == 1 && !stem.empty() && stem.find('.') == std::string::npos;
    study.clips.push_back(
        {clips.audio[i], name, plain ? stem : with_escaped_folders(name), clips.problems[i]});
  }
  if (!clips.unlabelled.empty()) {
    study.warnings.push_back({WarningKind::unlabelled, counted(clips.unlabelled.size(), "audio file") +
                                                           " without a label left out, such as " +
                                                           clips.unlabelled[0]});
  }
}

// Of the tables that explainable features take numbers from.
void add_notes_on_tables(Study& study) {
  if (!has_side_inputs(study.experiment)) return;
  for (const std::string& note : features::SideInputs(study.experiment.features.ehc).notes())
    add_note(study, note);
}

// Drops the augmented variants of every model; a model that has no other is dropped with them.
void drop_augmented_variants(Study& study, const std::string& reason) {
  bool dropped = false;
  for (config::ModelSpec& model : study.experiment.models) {
    dropped |= std::erase_if(model.variants, config::uses_augmented_rows) > 0;
  }
  std::erase_if(study.experiment.models,
                [](const config::ModelSpec& model) { return model.variants.empty(); });
  if (dropped)
    study.warnings.push_back({WarningKind::left_out, "augmented variants are left out: " + reason});
  if (study.experiment.models.empty()) {
    throw Error("every model has only augmented variants, but " + reason, "", "add the variant vanilla");
  }
}

// Of models whose features are one block: one set from files, or columns of a table that are not the published ones.
void drop_void_ablations(Study& study) {
  const std::vector<std::string>& columns = study.table.columns;
  const bool has_groups =
      columns.empty() || std::ranges::find(columns, data::harmony_columns().front()) != columns.end();
  for (config::ModelSpec& model : study.experiment.models) {
    const bool is_one = features::expected_blocks(model.features, study.experiment.features).size() < 2;
    if (model.ablate.empty() || (has_groups && !is_one)) continue;
    model.ablate.clear();
    study.warnings.push_back(
        {WarningKind::left_out, "model " + model.label + " is not ablated: its features are one block"});
  }
}

// New clips are predicted from what features.clip says: it is to be that of the clips in the table.
void hold_against_clips_of_table(Study& study) {
  const config::ClipGeometry& asked = study.experiment.features.clip;
  const std::optional<config::ClipGeometry>& recorded = study.table.clip;
  if (recorded.value_or(config::ClipGeometry{}) == asked) return;
  if (recorded) {
    throw Error("holds features of clips of " + data::describe(*recorded) + ", and features.clip is " +
                    data::describe(asked),
                study.experiment.data.table.string(),
                fmt::format("set features.clip: {{seconds: {}, offset: {}, segment: {}, hop: {}}}",
                            recorded->seconds, recorded->offset, recorded->segment, recorded->hop));
  }
  add_note(study, study.experiment.data.table.filename().string() +
                      " does not say what clips its features are of: features.clip is believed, " +
                      data::describe(asked));
}

void warn_of_tracks_without_originals(Study& study) {
  std::vector<bool> has_original(study.tracks.size(), false);
  for (std::size_t row = 0; row < study.table.row_track.size(); ++row) {
    if (study.table.row_semitones[row] == 0)
      has_original[static_cast<std::size_t>(study.table.row_track[row])] = true;
  }
  for (std::size_t track = 0; track < study.tracks.size(); ++track) {
    if (!has_original[track])
      study.warnings.push_back(
          {WarningKind::left_out, study.tracks[track] + " has no original rows: it is never tested"});
  }
}

// Throws Error where a point of the learning curve leaves too few tracks to train on and to validate.
void require_enough_to_share(const Study& study) {
  const std::vector<double> parts = study.experiment.report.learning_curve.parts();
  if (parts.empty()) return;
  std::map<int, std::size_t> tested;
  for (const std::vector<int>& folds : folds_of_repeats(study)) {
    for (const int fold : folds) ++tested[fold];
  }
  tested.erase(models::never_tested);
  std::size_t largest = 0;
  for (const auto& [fold, tracks] : tested) largest = std::max(largest, tracks);
  const std::size_t least = study.tracks.size() - largest;
  constexpr double fewest = 2.0;
  if (std::floor(parts.front() * static_cast<double>(least)) >= fewest) return;
  throw Error("report.learning_curve: a share of " + exact_text(parts.front()) + " of " +
                  counted(least, "training track") + " leaves fewer than two",
              "", "give larger shares");
}

// Throws Error where a search cuts the training tracks of some fold, or their groups, into more inner folds than there are.
void require_inner_folds(const Study& study) {
  std::size_t fewest = study.tracks.size();
  for (const std::vector<int>& folds : folds_of_repeats(study)) {
    for (const int tested : std::set<int>(folds.begin(), folds.end())) {
      std::set<std::string> parts;
      for (std::size_t i = 0; i < folds.size(); ++i) {
        if (folds[i] != tested) parts.insert(study.groups.empty() ? study.tracks[i] : study.groups[i]);
      }
      if (tested != models::never_tested) fewest = std::min(fewest, parts.size());
    }
  }
  for (const config::ModelSpec& model : study.experiment.models) {
    if (!model.search.any() || static_cast<std::size_t>(model.search.inner_folds) <= fewest) continue;
    throw Error("models." + model.label + ".search: " + std::to_string(model.search.inner_folds) +
                    " inner folds of " +
                    counted(fewest, study.groups.empty() ? "training track" : "training group"),
                "", "lower inner_folds");
  }
}

}  // namespace

Study load_study(const config::Experiment& experiment) {
  Study study;
  study.experiment = experiment;
  add_covariate_baseline(study.experiment);
  if (experiment.data.from_table()) {
    std::string note;
    study.table = data::read_segment_table(experiment.data.table, &note, track_columns(experiment));
    add_note(study, note);
    hold_against_clips_of_table(study);
    study.tracks = study.table.tracks;
    study.labels = study.table.labels;
    const std::vector<std::string>& columns = study.table.columns;
    study.experiment.features.ehc.emotion.in_table =
        std::ranges::find(columns, data::emotion_columns().front()) != columns.end();
    study.groups = study.table.groups;
    study.given_folds = study.table.given_folds;
    study.weights = study.table.weights;
    warn_of_tracks_without_originals(study);
    if (!study.table.has_augmented_rows()) drop_augmented_variants(study, "the table holds originals only");
  } else {
    read_labelled_audio(study);
    add_notes_on_tables(study);
    study.experiment.data.synthetic |= data::is_demo_study(experiment.data.labels);
    if (experiment.augment.pitch_semitones.empty()) {
      drop_augmented_variants(study, "augment.pitch_semitones is empty");
    }
  }
  for (const std::string& set : sets_from_files(study.experiment)) {
    const features::ArraySet opened = open_set(study, set);
    for (const std::string& note : opened.notes()) add_note(study, note);
  }
  read_covariates(study);
  if (!experiment.data.reliability.empty()) study.reliability = read_reliability(experiment.data.reliability);
  drop_void_ablations(study);
  models::assign_folds(fold_tracks(study), experiment.cross_validation);
  require_enough_to_share(study);
  require_inner_folds(study);
  for (std::string& warning : design_warnings(study))
    study.warnings.push_back({WarningKind::design, std::move(warning)});
  return study;
}

models::FoldTracks fold_tracks(const Study& study) {
  return {study.labels, study.groups, study.given_folds};
}

int count_folds(const Study& study) {
  return models::count_folds(fold_tracks(study), study.experiment.cross_validation);
}

std::vector<std::vector<int>> folds_of_repeats(const Study& study) {
  const config::CrossValidation& settings = study.experiment.cross_validation;
  const int folds = count_folds(study);
  std::vector<std::vector<int>> all;
  for (int repeat = 0; repeat < settings.repeats; ++repeat) {
    all.push_back(models::assign_folds(fold_tracks(study), settings, repeat));
    for (int& fold : all.back()) {
      if (fold != models::never_tested) fold += repeat * folds;
    }
  }
  return all;
}

data::TrackColumns track_columns(const config::Experiment& experiment) {
  const config::Groups& groups = experiment.cross_validation.groups;
  return {.target = experiment.data.target.column,
          .range = experiment.data.target.range,
          .group = groups.ignored ? "" : groups.column,
          .needs_group = groups.demanded,
          .needs_fold = experiment.cross_validation.folds.by == config::Folds::By::given,
          .weight = experiment.data.target.weights.name};
}

bool is_ytmm(const config::Experiment& experiment, const std::vector<std::string>& tracks) {
  constexpr std::size_t published_clips = 235;
  if (experiment.data.synthetic || experiment.data.ytmm) return !experiment.data.synthetic;
  return tracks.size() == published_clips &&
         std::all_of(tracks.begin(), tracks.end(),
                     [](const std::string& track) { return track.starts_with("normalize_5s_intro_"); });
}

std::vector<config::AudioSet> feature_sets(const config::Experiment& experiment) {
  std::vector<config::AudioSet> sets;
  for (const config::ModelSpec& model : experiment.models) {
    for (const std::string& name : model.features.sets) {
      const std::optional<config::AudioSet> set = config::audio_set(experiment.features, name);
      if (set && std::find(sets.begin(), sets.end(), *set) == sets.end()) sets.push_back(*set);
    }
  }
  return sets;
}

bool is_from_audio(const config::Experiment& experiment) {
  return !experiment.data.from_table() && !feature_sets(experiment).empty();
}

bool has_side_inputs(const config::Experiment& experiment) {
  return std::ranges::any_of(feature_sets(experiment), [](const config::AudioSet& set) {
    return features::kind_of(set).has_side_inputs;
  });
}

}  // namespace musicmem::launcher
