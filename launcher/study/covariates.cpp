// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/covariates.h"

#include "config/error.h"
#include "launcher/study/feature_sources.h"

#include <algorithm>

namespace musicmem::launcher {
namespace {

const config::FeatureChoice& choice() {
  static const config::FeatureChoice of_covariates = {{covariates_name}};
  return of_covariates;
}

// A row a track. Text among the numbers is a column too many more often than a misprint.
data::SegmentTable read_rows(const Study& study) {
  try {
    return open_set(study, covariates_name).read();
  } catch (const Error& error) {
    const bool is_text = error.problem().find("is not a finite number") != std::string::npos;
    const bool is_empty = error.problem().ends_with("is empty");
    if (!is_text && !is_empty) throw;
    throw Error(error.problem(), error.where(),
                is_text ? "covariates are numbers: leave the column out, or give numbers for its words"
                        : "give every track a number, or leave the column out");
  }
}

}  // namespace

void add_covariate_baseline(config::Experiment& experiment) {
  const std::filesystem::path& file = experiment.data.covariates;
  if (file.empty()) return;
  config::FeatureSource& set = experiment.features.sets[covariates_name];
  if (!set.is_encoder() && set.source.empty()) set.source = file;
  if (set.source != file) {
    throw Error("the feature set '" + std::string(covariates_name) + "' is another than data.covariates", "",
                "give the set another name");
  }
  const auto known = std::ranges::find(experiment.models, covariates_name, &config::ModelSpec::label);
  if (known == experiment.models.end()) {
    config::ModelSpec& baseline = experiment.models.emplace_back();
    baseline.name = "ridge";
    baseline.label = covariates_name;
    baseline.features = choice();
  } else if (known->features != choice()) {
    throw Error("model '" + known->label + "' has the name of the baseline that learns from data.covariates",
                "", "give it another label");
  }
}

void read_covariates(Study& study) {
  if (study.experiment.data.covariates.empty()) return;
  const data::SegmentTable rows = read_rows(study);
  const std::string file = study.experiment.data.covariates.filename().string();
  if (rows.columns.empty())
    throw Error("has no covariates beside the tracks", file, "add a column of numbers");
  if (rows.values.rows() != study.tracks.size()) {
    throw Error("has several rows of one track", file,
                "give one row a track, without segments or pitch variants");
  }
  study.covariates.names = rows.columns;
  study.covariates.of_tracks.resize(study.tracks.size());
  for (std::size_t row = 0; row < rows.values.rows(); ++row) {
    const auto values = rows.values.row(row);
    study.covariates.of_tracks[static_cast<std::size_t>(rows.row_track[row])].assign(values.begin(),
                                                                                     values.end());
  }
  for (std::size_t column = 0; column < rows.columns.size(); ++column) {
    const auto is_first = [&](const std::vector<double>& of_track) {
      return of_track[column] == study.covariates.of_tracks.front()[column];
    };
    if (!std::ranges::all_of(study.covariates.of_tracks, is_first)) continue;
    study.warnings.push_back({WarningKind::design, "covariate '" + rows.columns[column] +
                                                       "' is the same for every track: it explains nothing"});
  }
}

}  // namespace musicmem::launcher
