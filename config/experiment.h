// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/augment.h"
#include "config/settings/cross_validation.h"
#include "config/settings/features.h"
#include "config/settings/model.h"
#include "config/settings/report.h"
#include "config/settings/runtime.h"
#include "config/settings/source.h"

#include <filesystem>
#include <string>
#include <vector>

// One study as the user describes it in a YAML file: what is read, computed, trained and how it runs. Every
// setting is declared in config/settings, with the default of the published study.
namespace musicmem::config {

struct Experiment {
  std::string name;
  Source data;
  Augment augment;
  Features features;
  CrossValidation cross_validation;
  std::vector<ModelSpec> models;
  ReportSettings report;
  Runtime runtime;
};

template <class V, SettingsOf<Experiment> S>
void visit(V& v, S& experiment) {
  v("name", experiment.name, Effect::study, "of the study and its run directory; else the name of its file");
  v.section("data", experiment.data);
  v.section("augment", experiment.augment);
  v.section("features", experiment.features);
  v.section("cross_validation", experiment.cross_validation);
  v.models("models", experiment.models);
  v.section("report", experiment.report);
  v.section("runtime", experiment.runtime);
}

std::optional<Conflict> conflict(const Experiment& experiment);

// Reads FILE, applies `overrides` ("cross_validation.folds=5", a model by its label as in "models.svr.C=10";
// any YAML flow value), checks every key, type and range, and makes the paths of the file absolute (they are
// relative to the file; those of an override to the working directory). Throws Error with file and line, of
// kind usage where an override names an unknown key. Both name the nearest known key.
Experiment load_experiment(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});

// The experiment as YAML with every default written out; paths are relative to `directory`, so that the file
// can be read again from there, or whole where it is empty.
std::string to_yaml(const Experiment& experiment, const std::filesystem::path& directory);

// What the study's results follow from, as YAML with files by their names: the settings that matter beside
// the others, without those that say where features are kept or how the work is done.
std::string results_yaml(const Experiment& experiment);

// The same for people to read: without what is off (false, none, an empty list) and was never on by default.
std::string listed_yaml(const Experiment& experiment);

}  // namespace musicmem::config
