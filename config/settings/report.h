// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/setting.h"

#include <string>
#include <vector>

namespace musicmem::config {

// How far two models may differ and still count as equally good: the half width of the region around 0.
struct Equivalence {
  double spearman = 0.02;
  double pearson = 0.02;
  double mse = 0.001;  // of the labels' variance
  double mae = 0.01;   // of their standard deviation

  bool operator==(const Equivalence&) const = default;
};

template <class V, SettingsOf<Equivalence> S>
void visit(V& v, S& rope) {
  using enum Effect;
  v("spearman", rope.spearman, study, between(0.0, 2.0), "difference of Spearman correlations");
  v("pearson", rope.pearson, study, between(0.0, 2.0), "difference of Pearson correlations");
  v("mse", rope.mse, study, between(0.0, 1.0),
    "difference of mean squared errors, as a share of the labels' variance");
  v("mae", rope.mae, study, between(0.0, 1.0),
    "difference of mean absolute errors, as a share of the labels' standard deviation");
}

// Shares of the training tracks that fits of a learning curve learn from, in ascending order; 1 is the usual fit.
struct TrainingShares {
  std::vector<double> shares;

  bool operator==(const TrainingShares&) const = default;

  // Those that need fits of their own.
  std::vector<double> parts() const;

  static constexpr const char* range = "none | a list of numbers above 0 and up to 1";
  static constexpr const char* another = "[0.5, 1]";
  // Throws Error.
  static TrainingShares parse(const std::string& text);
};
std::string to_string(const TrainingShares& shares);

// Whether a report lets one hear the tracks that were predicted worst.
enum class ReportAudio { embed, link, none };
constexpr Words<ReportAudio, 3> words(ReportAudio) {
  return {{{"embed", ReportAudio::embed}, {"link", ReportAudio::link}, {"none", ReportAudio::none}}};
}

// `report`: what a report says beside the results.
struct ReportSettings {
  Equivalence rope;
  TrainingShares learning_curve;
  ReportAudio audio = ReportAudio::embed;
};

template <class V, SettingsOf<ReportSettings> S>
void visit(V& v, S& report) {
  using enum Effect;
  v.section("rope", report.rope);
  v("learning_curve", report.learning_curve, study,
    "fit each model's first variant also on these shares of the training tracks");
  v("audio", report.audio, study,
    "let one hear the ten tracks that were predicted worst: their clips as part of the page, links to their files, "
    "or neither");
}

}  // namespace musicmem::config
