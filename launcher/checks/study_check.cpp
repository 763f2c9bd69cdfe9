// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/checks/study_check.h"

#include "config/error.h"
#include "config/experiment.h"
#include "data/clip_files.h"
#include "data/ehc_table.h"
#include "data/files/csv.h"
#include "data/labels.h"
#include "features/feature_set.h"
#include "features/store/prepare_clip.h"
#include "launcher/checks/clip_check.h"
#include "launcher/checks/source_check.h"
#include "launcher/study/feature_sources.h"
#include "launcher/study/study.h"
#include "models/kinds/model_kinds.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include <fmt/ranges.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

void add_label_faults(const std::vector<data::LabelFault>& faults, Findings& findings) {
  for (const data::LabelFault& fault : faults) {
    const bool is_named = fault.who.empty() || fault.detail.find(fault.who) != std::string::npos;
    findings.error(fault.problem, fault.advice, is_named ? fault.place : fault.place + " (" + fault.who + ")",
                   fault.detail);
  }
}

// The clips of the rows that are in order. Audio that another row names, LabelFault::who, is not without a
// label: that row has the finding.
data::LabelledClips match_good_labels(const data::LabelTable& table, const fs::path& audio) {
  data::LabelledClips clips = data::match_labels(table.labels, audio);
  if (table.faults.empty()) return clips;
  data::ClipFolders files(audio);
  std::set<std::string> named;
  for (const data::LabelFault& fault : table.faults) named.insert(files.name_of(files.find(fault.who).file));
  std::erase_if(clips.unlabelled, [&](const std::string& name) { return named.contains(name); });
  return clips;
}

void check_scores(const std::vector<double>& scores, StudyCheck& check, Findings& findings) {
  std::optional<Range> range;
  for (const double score : scores) widen(range, score);
  check.scores = range.value_or(Range{});
  check.tracks = scores.size();
  if (range && range->least == range->most && scores.size() > 1) {
    findings.error("all scores are the same, " + data::format_number(range->least),
                   "there is nothing to predict", "");
  }
}

void check_models(const config::Experiment& experiment, StudyCheck& check, Findings& findings) {
  for (const config::ModelSpec& model : experiment.models) {
    const models::ModelKind& kind = models::kind_of(model.name);
    if (kind.check == nullptr) continue;
    const models::ModelCheck found = kind.check(experiment, model);
    check.pretrained.insert(check.pretrained.end(), found.taken.begin(), found.taken.end());
    for (const std::string& warning : found.warnings) findings.note(warning, "", "");
  }
}

}  // namespace

void widen(std::optional<Range>& range, double value) {
  if (!range) range = Range{value, value};
  range->least = std::min(range->least, value);
  range->most = std::max(range->most, value);
}

bool StudyCheck::can_run() const {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& finding) { return finding.stops_the_study(); });
}

bool StudyCheck::costs_clips() const {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.costs_clips_alone; });
}

StudyCheck check_study(const config::Experiment& experiment, CheckDepth depth) {
  StudyCheck check;
  Findings findings;
  try {
    if (experiment.data.from_table()) {
      const data::SegmentTable table =
          data::read_segment_table(experiment.data.table, nullptr, track_columns(experiment));
      check_scores(table.labels, check, findings);
    } else {
      const data::LabelTable table = data::scan_labels(experiment.data.labels, track_columns(experiment));
      if (depth == CheckDepth::sound && !table.ignored.empty()) {
        findings.note(fmt::format("columns of the labels that nothing is read from: {}",
                                  fmt::join(table.ignored, ", ")),
                      "", "");
      }
      add_label_faults(table.faults, findings);
      std::vector<double> scores;
      for (const data::Label& label : table.labels) scores.push_back(label.score);
      check_scores(scores, check, findings);
      if (is_from_audio(experiment)) {
        const data::LabelledClips clips = match_good_labels(table, experiment.data.audio);
        check_audio(clips, experiment.features.clip, depth, check, findings);
        check_sources(experiment, clips, depth, findings);
      }
    }
    // What only the whole can tell: folds against tracks, variants that have nothing to train on.
    const Study study = load_study(experiment);
    check.folds = count_folds(study);
    for (const StudyWarning& warning : study.warnings) {
      if (warning.kind != WarningKind::unlabelled) findings.note(warning.text, "", "");
    }
    if (depth == CheckDepth::sound) {
      for (const std::string& set : sets_from_files(experiment)) open_set(study, set).read();
      for (const config::AudioSet& set : feature_sets(experiment)) {
        if (features::kind_of(set).computes_with_torch)
          features::ClipPreparer(experiment.features, /*gpu=*/-1).open_sources(set);
      }
    }
    check_models(experiment, check, findings);
  } catch (const Error& error) {
    // The single rows have said so already, with all others like them.
    std::vector<Finding> known = findings.take();
    const bool is_known =
        std::any_of(known.begin(), known.end(), [](const Finding& f) { return f.stops_the_study(); });
    if (!is_known) {
      known.insert(known.begin(), {true, error.problem(), error.advice(), {}});
      if (!error.where().empty()) known.front().places.push_back(error.where());
    }
    check.findings = std::move(known);
    return check;
  }
  check.findings = findings.take();
  return check;
}

}  // namespace musicmem::launcher
