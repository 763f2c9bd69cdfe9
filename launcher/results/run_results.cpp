// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/results/run_results.h"

#include "config/experiment.h"
#include "config/io_error.h"
#include "launcher/results/model_warnings.h"
#include "launcher/run/json_file.h"

#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

using TrackIndex = std::map<std::string, std::size_t, std::less<>>;

TrackIndex index_tracks(const RunPlan& plan) {
  TrackIndex index;
  for (std::size_t t = 0; t < plan.tracks.size(); ++t) index[plan.tracks[t].name] = t;
  return index;
}

// Holds a fit's rows against the plan (right fold and seed, known tracks of that fold, right labels) and
// returns each row's track.
std::vector<std::size_t> tracks_of_rows(const std::vector<PredictionRow>& rows, const PlannedFit& fit,
                                        const RunPlan& plan, const TrackIndex& index,
                                        const std::string& file) {
  const std::string advice = "remove the fit's directory and train again";
  if (rows.empty()) throw Error("holds no predictions", file, advice);
  std::vector<std::size_t> tracks;
  for (const PredictionRow& row : rows) {
    const auto found = index.find(row.track);
    if (found == index.end()) throw Error("track '" + row.track + "' is not in the study", file, advice);
    const PlannedTrack& track = plan.tracks[found->second];
    if (row.fold != fit.fold || !track.is_tested_in(fit.fold) || row.seed != fit.seed) {
      throw Error("track '" + row.track + "' belongs to another fold or seed", file, advice);
    }
    if (row.label != track.label) {
      throw Error("the label of '" + row.track + "' is not the study's", file, advice);
    }
    tracks.push_back(found->second);
  }
  return tracks;
}

// What was changed in a fit's files, where it can be said.
std::string damage(const fs::path& directory, const PlannedFit& fit, const RunPlan& plan,
                   const TrackIndex& index) {
  for (const char* name : {"metrics.json", "predictions.csv"}) {
    if (!fs::exists(directory / name)) return std::string("it has no ") + name;
  }
  const char* name = "metrics.json";
  try {
    read_fit_record(directory);
    name = "predictions.csv";
    tracks_of_rows(read_predictions(directory / name), fit, plan, index, name);
  } catch (const IoError&) {
    throw;
  } catch (const Error& error) {
    return std::string(name) + ": " + error.problem();
  }
  return "predictions.csv was changed after the fit was made";
}

void read_fit(const RunDirectory& run, const PlannedFit& fit, const TrackIndex& index, RunResults& results,
              FitGroupBuilder& builder) {
  const fs::path directory = run.folds() / fit.directory;
  const PublishedFit published = read_published_fit(directory, fit.hash);
  const FitState state = published.state;
  if (state == FitState::missing || state == FitState::stale) {
    results.missing.push_back(
        {fit.directory, state == FitState::missing ? "not there yet" : "made of other data or settings"});
    return;
  }
  const auto record_damage = [&] {
    results.missing.push_back(
        {fit.directory, "damaged: " + damage(directory, fit, results.plan, index), /*is_damaged=*/true});
  };
  if (state == FitState::damaged) return record_damage();
  try {
    const std::vector<std::size_t> tracks =
        tracks_of_rows(published.rows, fit, results.plan, index, "predictions.csv");
    builder.add(fit, published.record, published.rows, tracks, directory / "predictions.csv");
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    record_damage();
  }
}

// The experiment of the plan; empty where it is of another version of the program: the report does without.
std::optional<config::Experiment> planned_experiment(const RunDirectory& run) {
  try {
    return config::load_experiment(run.planned_experiment());
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    return std::nullopt;
  }
}

// How the weights of each model began, by its label.
std::map<std::string, std::string> initial_weights(const std::optional<config::Experiment>& experiment) {
  std::map<std::string, std::string> weights;
  if (!experiment) return weights;
  for (const config::ModelSpec& model : experiment->models) weights[model.label] = initial_weights_of(model);
  return weights;
}

Provenance read_provenance(const RunDirectory& run, const RunPlan& plan,
                           const std::optional<config::Experiment>& experiment) {
  Provenance provenance;
  provenance.data_hash = plan.data_hash;
  provenance.features = plan.features;
  provenance.adjusted = plan.adjusted;
  if (experiment) {
    for (const std::uint64_t seed : experiment->cross_validation.seeds)
      provenance.seeds.push_back(std::to_string(seed));
    provenance.configuration = config::results_yaml(*experiment);
    provenance.listed_settings = config::listed_yaml(*experiment);
  }
  if (!fs::exists(run.manifest())) return provenance;
  const auto damaged = [&] {
    provenance.revision = "unknown: the run's manifest.json is damaged";
    return provenance;
  };
  try {
    const nlohmann::json manifest = read_json(run.manifest());
    const nlohmann::json versions = manifest.value("versions", nlohmann::json::object());
    for (const auto& [library, version] : versions.items()) {
      provenance.versions.emplace_back(library, version.get<std::string>());
    }
    provenance.revision = manifest.value("revision", "");
  } catch (const nlohmann::json::exception&) {
    return damaged();
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    return damaged();
  }
  return provenance;
}

}  // namespace

std::size_t RunResults::finished_fits() const {
  std::size_t count = 0;
  for (const FitGroup& group : groups) count += group.fits.size();
  return count;
}

RunResults read_run_results(const RunDirectory& run) {
  RunResults results;
  results.plan = read_run_plan(run);
  results.failures = run.read_failures();
  const std::optional<config::Experiment> experiment = planned_experiment(run);
  results.provenance.emplace_back(results.plan.name, read_provenance(run, results.plan, experiment));
  if (experiment)
    results.sounds = {experiment->report.audio, experiment->data.audio, experiment->features.clip};
  const std::map<std::string, std::string> weights = initial_weights(experiment);
  const TrackIndex index = index_tracks(results.plan);
  // The fits of one group, which the plan may list anywhere.
  std::vector<std::vector<const PlannedFit*>> groups;
  std::map<std::pair<std::string, std::string>, std::size_t> group_of;
  for (const PlannedFit& fit : results.plan.fits) {
    const auto [place, is_new] = group_of.try_emplace({fit.model, fit.variant}, groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back(&fit);
  }
  for (const auto& fits : groups) {
    FitGroupBuilder builder(results.plan, *fits.front(), fits.size());
    for (const PlannedFit* fit : fits) read_fit(run, *fit, index, results, builder);
    results.groups.push_back(builder.finish());
    const auto known = weights.find(fits.front()->model);
    if (known != weights.end()) results.groups.back().initial_weights = known->second;
  }
  return results;
}

}  // namespace musicmem::launcher
