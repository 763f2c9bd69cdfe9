// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run_results.h"

#include "config/error.h"
#include "config/experiment.h"
#include "launcher/json_file.h"

#include <filesystem>
#include <map>
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
    if (row.fold != fit.fold || track.fold != fit.fold || row.seed != fit.seed) {
      throw Error("track '" + row.track + "' belongs to another fold or seed", file, advice);
    }
    if (row.label != track.label) {
      throw Error("the label of '" + row.track + "' is not the study's", file, advice);
    }
    tracks.push_back(found->second);
  }
  return tracks;
}

// Why a fit does not count. What was changed in a file of predictions is said where it can be.
std::string reason_of(FitState state, const fs::path& directory, const PlannedFit& fit, const RunPlan& plan,
                      const TrackIndex& index) {
  if (state == FitState::missing) return "not there yet";
  if (state == FitState::stale) return "made of other data or settings";
  const fs::path file = directory / "predictions.csv";
  if (!fs::exists(file)) return "damaged: it has no predictions.csv";
  try {
    tracks_of_rows(read_predictions(file), fit, plan, index, "predictions.csv");
  } catch (const Error& error) {
    return "damaged: predictions.csv: " + error.problem();
  }
  return "predictions.csv was changed after the fit was made";
}

void read_fit(const RunDirectory& run, const PlannedFit& fit, const TrackIndex& index, RunResults& results,
              FitGroupBuilder& builder) {
  const fs::path directory = run.folds() / fit.directory;
  const FitState state = check_predictions(directory, fit.hash);
  if (state != FitState::good) {
    results.missing.push_back({fit.directory, reason_of(state, directory, fit, results.plan, index)});
    return;
  }
  const fs::path file = directory / "predictions.csv";
  const std::vector<PredictionRow> rows = read_predictions(file);
  const std::vector<std::size_t> tracks = tracks_of_rows(rows, fit, results.plan, index, file.string());
  builder.add(fit, read_fit_record(directory), rows, tracks);
}

// The experiment with files by their names, and without what results do not depend on.
std::string configuration_without_paths(const fs::path& file) {
  try {
    config::Experiment experiment = config::load_experiment(file);
    const fs::path root("/");
    const auto name_only = [&](fs::path& path) {
      if (!path.empty()) path = root / (path.has_filename() ? path : path.parent_path()).filename();
    };
    name_only(experiment.data.labels);
    name_only(experiment.data.audio);
    name_only(experiment.data.table);
    name_only(experiment.features.store);
    name_only(experiment.features.ehc.stems.path);
    name_only(experiment.features.ehc.emotion.path);
    name_only(experiment.features.ehc.tempo_table);
    for (config::ModelSpec& model : experiment.models) name_only(model.ssast.pretrained);
    experiment.runtime = {};
    return config::to_yaml(experiment, root);
  } catch (const Error&) {
    return "";  // of another version of the program; the report does without
  }
}

Provenance read_provenance(const RunDirectory& run) {
  Provenance provenance;
  provenance.configuration = configuration_without_paths(run.experiment());
  if (!fs::exists(run.manifest())) return provenance;
  const nlohmann::json manifest = read_json(run.manifest());
  provenance.data_hash = manifest.value("data_hash", "");
  provenance.revision = manifest.value("revision", "");
  const nlohmann::json versions = manifest.value("versions", nlohmann::json::object());
  for (const auto& [library, version] : versions.items()) {
    provenance.versions.emplace_back(library, version.is_string() ? version.get<std::string>() : "");
  }
  for (const nlohmann::json& seed : manifest.value("seeds", nlohmann::json::array())) {
    provenance.seeds.push_back(seed.dump());
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
  results.provenance.emplace_back(results.plan.name, read_provenance(run));
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
    FitGroupBuilder builder(results.plan, fits.front()->model, fits.front()->variant, fits.size());
    for (const PlannedFit* fit : fits) read_fit(run, *fit, index, results, builder);
    results.groups.push_back(builder.finish());
  }
  return results;
}

}  // namespace musicmem::launcher
