// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/explain/attribution_files.h"
#include "launcher/explain/explainer.h"
#include "models/ssast/spectrogram_source.h"

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
// by each fit that tested a clip, against the mean spectrum of the other folds' clips. A task is a clip as one
// fit hears it. Writes clips.csv, bands.csv and attributions.h5.
class SoundExplainer : public Explainer {
 public:
  // The table holds whole clips.
  SoundExplainer(ExplainSubject subject, models::SpectrogramTable table, const AttributionSettings& settings);

 private:
  bool is_done(std::size_t task) const override;
  void explain(std::size_t task, FitWeights weights) const override;
  Findings findings() const override;
  ExplanationMethod method() const override { return ExplanationMethod::integrated_gradients; }

  std::vector<float> spectrogram(std::size_t track) const;
  std::vector<float> mean_spectrum(int without_fold) const;

  AttributionSettings settings_;
  models::SpectrogramTable table_;
  mutable models::SpectrogramSource source_;
  std::vector<ExtremeClip> clip_of_task_;  // by clip, then fit
  std::vector<std::size_t> row_of_track_;  // of the table; its number of rows for a track without
};

}  // namespace musicmem::launcher
