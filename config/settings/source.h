// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/setting.h"

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>

namespace musicmem::config {

// The values that labels may have.
struct ScoreRange {
  bool any = false;  // every finite number
  double low = 0.0;
  double high = 1.0;

  bool operator==(const ScoreRange&) const = default;
  bool holds(double score) const {
    return any ? std::abs(score) <= std::numeric_limits<double>::max() : score >= low && score <= high;
  }

  static constexpr const char* range = "[lowest, highest] | any";
  static constexpr const char* another = "[1, 7]";
  // Throws Error.
  static ScoreRange parse(const std::string& text);
};
std::string to_string(const ScoreRange& range);

// The column that says how much each label counts.
struct WeightColumn {
  std::string name;  // empty: all count alike

  bool operator==(const WeightColumn&) const = default;
  bool any() const { return !name.empty(); }

  static constexpr const char* range = "none or the name of a column";
  static constexpr const char* another = "n";
  // Throws Error.
  static WeightColumn parse(const std::string& text);
};
std::string to_string(const WeightColumn& column);

// What is predicted.
struct Target {
  std::string column = "score";
  ScoreRange range;
  WeightColumn weights;
};

template <class V, SettingsOf<Target> S>
void visit(V& v, S& target) {
  using enum Effect;
  v("column", target.column, input,
    "of the labels, which reports call it by; tables in the published layout have it as label");
  v("range", target.range, fits_unless_default,
    "that labels must lie in, and that LDS bins and axes follow; any: every finite number, and the span of "
    "the training labels");
  v("weights", target.weights, input,
    "column of the labels by which they count in training, such as n, the number of answers; svr, ridge, mlp and "
    "ssast use it");
}

std::optional<Conflict> conflict(const Target& target);

// `data`: what a study is made of.
struct Source {
  std::filesystem::path labels;  // CSV track,<target>[,group][,fold]
  std::filesystem::path audio;   // directory of the original clips
  std::filesystem::path table;   // EHC table instead of labels and audio; the others are then empty
  bool synthetic = false;
  bool ytmm = false;
  std::filesystem::path covariates;   // CSV track,<number>...; empty for none
  std::filesystem::path reliability;  // JSON that `musicmem scores` writes; empty for none
  Target target;

  bool from_table() const { return !table.empty(); }
};

template <class V, SettingsOf<Source> S>
void visit(V& v, S& source) {
  using enum Effect;
  v("labels", source.labels, input, "CSV track,score, and group and fold where there are such");
  v("audio", source.audio, input,
    "directory of the original clips; may be left out where all features come from files");
  v("table", source.table, input, "EHC table in the published layout, instead of labels and audio");
  v("synthetic", source.synthetic, study, "made by demo-data: reports say so");
  v("ytmm", source.ytmm, study,
    "the published YTMM scores, whose reliability reports show, whatever the names of the clips");
  v("covariates", source.covariates, input,
    "CSV track,<numbers such as popularity, loudness or year>: what the scores may follow from beside the sound");
  v("reliability", source.reliability, study,
    "reliability.json of musicmem scores: how well listeners agree, and the correlation that a predictor of their scores "
    "can reach");
  v.section("target", source.target);
}

std::optional<Conflict> conflict(const Source& source);

}  // namespace musicmem::config
