// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/plot/gnuplot.h"
#include "launcher/study/run_plan.h"
#include "launcher/text/document.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace musicmem::launcher {

// How a model was explained.
enum class ExplanationMethod { shap, integrated_gradients };

// A model in one of its variants, as explanations call it.
struct ExplainedModel {
  std::string model;
  std::string variant;
  // Of its folder and its pictures: the model's, with the variant behind a '+' unless that stands for it.
  std::string name;
  std::string target = config::Target().column;  // what it predicts, as the study calls it

  std::string title() const { return model + " " + variant; }
};

// What `musicmem explain` left in a run for one model.
struct Explanation {
  ExplainedModel of;
  ExplanationMethod method = ExplanationMethod::shap;
  bool is_current = false;        // of the fits that the plan has now; otherwise there are no pictures
  std::vector<Picture> pictures;  // in the order they were drawn
};

// An explanation is files in a directory and explanation.json, which says what they explain. It is removed
// before they are written and comes back last, so that a report shows nothing half-made.
void begin_explanation(const std::filesystem::path& directory);

// Draws the figures into figures/ below `directory`, where those of an earlier explanation go, and writes
// explanation.json. Without gnuplot there are no figures, and a warning says so on standard error.
void finish_explanation(const std::filesystem::path& directory, ExplanationMethod method,
                        const std::vector<PlannedFit>& fits, const std::vector<Figure>& figures);

// Of every explained model and variant of the run, by name.
std::vector<Explanation> read_explanations(const RunDirectory& run, const RunPlan& plan);

}  // namespace musicmem::launcher
