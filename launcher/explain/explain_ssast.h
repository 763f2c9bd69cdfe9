// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/explain/attribution_files.h"
#include "launcher/explain/explanations.h"
#include "launcher/study/run_plan.h"
#include "models/ssast/spectrogram_source.h"

#include <filesystem>
#include <string>
#include <vector>

namespace musicmem::launcher {

struct AttributionSettings {
  std::size_t clips = 3;  // with the highest predictions, and as many with the lowest
  int points = 32;        // of the integral
};

// One of the clips with the highest or the lowest predictions of a model.
struct ExtremeClip {
  bool highest = false;
  std::size_t place = 1;  // 1 for the most extreme
  std::size_t track = 0;  // of the plan
};

// By the mean over seeds of the fits' predictions.csv; fewer than asked for where there are not so many
// tracks. Throws Error where predictions are missing or are not of this plan.
std::vector<ExtremeClip> extreme_clips(const RunDirectory& run, const RunPlan& plan,
                                       const std::vector<PlannedFit>& fits, std::size_t count);

// What in their sound moved the scores of a transformer's extreme clips: integrated gradients on the log-mel
// by each fit that tested a clip, against the mean spectrum of the other folds' clips. Every task is a
// function of the files and the settings alone, and leaves a file of its own, so that ranks share them and a
// second start does none of them again.
class SsastExplanation {
 public:
  // `fits`: of that model and variant. The table holds whole clips; all references must outlive this.
  SsastExplanation(const RunDirectory& run, const RunPlan& plan, const ExplainedModel& of,
                   const std::vector<PlannedFit>& fits, const models::SpectrogramTable& table,
                   const AttributionSettings& settings);

  // Tasks whose file is not there, each a clip as one fit hears it.
  std::vector<std::size_t> tasks_left() const;
  void compute(std::size_t task) const;

  // After all tasks are done: writes clips.csv, bands.csv, attributions.h5 and figures into the run's
  // explain/<name>/. Throws Error where one is not.
  std::vector<ExplainedClip> write() const;

 private:
  struct Task {
    ExtremeClip clip;
    std::size_t fit = 0;
    std::filesystem::path file;
    std::string hash;
  };

  std::vector<float> spectrogram(std::size_t track) const;
  std::vector<float> mean_spectrum(int without_fold) const;

  const RunDirectory& run_;
  const RunPlan& plan_;
  ExplainedModel of_;
  const std::vector<PlannedFit>& fits_;
  AttributionSettings settings_;
  std::filesystem::path directory_;
  std::vector<Task> tasks_;  // by clip, then fit
  mutable models::SpectrogramSource source_;
  std::vector<std::size_t> row_of_track_;  // of the table; its number of rows for a track without
};

}  // namespace musicmem::launcher
