// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/run_directory.h"

#include "config/experiment.h"
#include "config/io_error.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "data/files/names.h"
#include "launcher/run/json_file.h"
#include "launcher/run/versions.h"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view written_by_us = "# Written by musicmem";

// Whether a directory without a manifest holds nothing but what a start leaves that was killed before it
// wrote one.
bool holds_only_a_beginning(const fs::path& directory) {
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("lease.json") || name.find(".tmp.") != std::string::npos) continue;
    if (name == "experiment.yaml" && data::read_file(entry.path()).starts_with(written_by_us)) continue;
    const bool is_log_folder =
        name == "logs" && entry.is_directory() &&
        std::all_of(fs::directory_iterator(entry.path()), fs::directory_iterator(),
                    [](const auto& log) { return log.path().filename().string().starts_with("rank-"); });
    if (!is_log_folder) return false;
  }
  return true;
}

json read_manifest(const fs::path& path) {
  const std::string advice = "remove that file if the directory is this study's, and run again";
  try {
    json content = read_json(path);
    content.at("name").get<std::string>();
    content.at("tracks").get<std::vector<std::string>>();
    return content;
  } catch (const IoError&) {
    throw;
  } catch (const std::exception&) {
    throw Error("is damaged", path.string(), advice);
  }
}

bool shares_a_track(const json& manifest, const std::vector<std::string>& tracks) {
  const auto known = manifest.at("tracks").get<std::vector<std::string>>();
  std::set<std::string> names;
  for (const std::string& track : known) names.insert(data::nfc(track));
  return names.empty() || std::any_of(tracks.begin(), tracks.end(), [&](const std::string& track) {
           return names.contains(data::nfc(track));
         });
}

// Whether a start wrote the file into its run, which holds a manifest as well.
bool is_copy_of_a_run(const fs::path& study_file) {
  const RunDirectory run(fs::absolute(study_file).parent_path());
  return fs::exists(run.manifest()) && data::read_file(study_file).starts_with(written_by_us);
}

// Whether a start of this very study, of the same data, made the run.
bool is_run_of(const RunDirectory& run, const config::Experiment& experiment) {
  try {
    const config::Source known = config::load_experiment(run.experiment()).data;
    const config::Source& asked = experiment.data;
    return known.labels == asked.labels && known.audio == asked.audio && known.table == asked.table;
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Failure, task, hash, problem)

void RunDirectory::claim(const config::Experiment& experiment, const std::vector<std::string>& tracks) const {
  const std::string advice = "choose another directory with --run-dir, or another name in the experiment";
  if (fs::exists(manifest())) {
    const json known = read_manifest(manifest());
    const std::string name = known.at("name");
    if (name != experiment.name) {
      throw Error("holds the run of another study, '" + name + "', not '" + experiment.name + "'",
                  path_.string(), advice);
    }
    if (!shares_a_track(known, tracks)) {
      throw Error("holds the run of another study that is also called '" + name + "': no track is common",
                  path_.string(), advice);
    }
  } else if (fs::is_directory(path_) && !fs::is_directory(folds()) && !holds_only_a_beginning(path_)) {
    throw Error("is not empty and holds no run", path_.string(), advice);
  }
  data::require_writable_directory(path_);
  data::make_directories(logs());
}

void RunDirectory::clear() const {
  for (const fs::path& path :
       {folds(), checkpoints(), report(), tensorboard(), failures(), plan(), planned_experiment()}) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) throw Error("cannot be removed: " + error.message(), path.string());
  }
}

void RunDirectory::write_experiment(const fs::path& file, const config::Experiment& settings) const {
  data::write_file_durably(file, std::string(written_by_us) +
                                     ": the study with every default and override.\n" +
                                     config::to_yaml(settings, fs::absolute(path_)));
}

void RunDirectory::describe(const config::Experiment& experiment_settings,
                            const std::vector<std::string>& tracks) const {
  write_experiment(experiment(), experiment_settings);
  json content = {{"name", experiment_settings.name},
                  {"synthetic", experiment_settings.data.synthetic},
                  {"seeds", experiment_settings.cross_validation.seeds},
                  {"revision", source_revision()},
                  {"versions", library_versions()},
                  {"tracks", tracks}};
  if (fs::exists(manifest())) {
    const json known = read_manifest(manifest());
    std::vector<std::string> kept = {"data_hash"};
    if (fs::exists(plan())) kept.insert(kept.end(), {"revision", "versions"});
    for (const std::string& name : kept) {
      if (known.contains(name)) content[name] = known.at(name);
    }
  }
  write_json(manifest(), content);
}

void RunDirectory::describe_inputs(const std::string& data_hash, bool trains) const {
  json content = read_manifest(manifest());
  content["data_hash"] = data_hash;
  if (trains) {
    content["revision"] = source_revision();
    content["versions"] = library_versions();
  }
  write_json(manifest(), content);
}

fs::path RunDirectory::failure_path(const std::string& task) const {
  return failures() / (data::checksum(task).substr(0, 16) + ".json");
}

void RunDirectory::record_failure(const Failure& failure) const {
  data::make_directories(failures());
  write_json(failure_path(failure.task), failure);
}

void RunDirectory::record_success(const std::string& task) const {
  std::error_code ignored;
  fs::remove(failure_path(task), ignored);
}

std::vector<Failure> RunDirectory::read_failures() const {
  std::vector<Failure> result;
  if (!fs::is_directory(failures())) return result;
  for (const auto& entry : fs::directory_iterator(failures())) {
    if (entry.path().extension() != ".json") continue;
    try {
      result.push_back(read_json(entry.path()).get<Failure>());
    } catch (const IoError&) {
      throw;
    } catch (const std::exception&) {
      continue;
    }
  }
  std::sort(result.begin(), result.end(), [](const Failure& a, const Failure& b) { return a.task < b.task; });
  return result;
}

void RunDirectory::keep_failures_of(const std::vector<std::string>& tasks, const std::string& kind) const {
  const std::set<std::string> planned(tasks.begin(), tasks.end());
  for (const Failure& failure : read_failures()) {
    if (failure.task.starts_with(kind + " ") && !planned.contains(failure.task)) record_success(failure.task);
  }
}

RunPlace run_place(const fs::path& study_file, const config::Experiment& experiment,
                   const std::optional<std::string>& given) {
  if (given) return {RunDirectory(fs::absolute(*given).lexically_normal()), ""};
  if (is_copy_of_a_run(study_file)) {
    const RunDirectory own(fs::absolute(study_file).parent_path().lexically_normal());
    return {own, "this file is the copy that a run wrote of its study: its run is gone on with, " +
                     own.path().string() + "; --run-dir takes another"};
  }
  const fs::path below = fs::path("runs") / experiment.name;
  const RunDirectory beside((fs::absolute(study_file).parent_path() / below).lexically_normal());
  const RunDirectory here((fs::current_path() / below).lexically_normal());
  if (here.path() == beside.path() || fs::exists(beside.path()) || !is_run_of(here, experiment)) {
    return {beside, ""};
  }
  return {here, "the run lies in " + here.path().string() +
                    ", where an earlier version put it; new ones are made in " + beside.path().string()};
}

RunDirectory open_run(const fs::path& path) {
  if (fs::is_regular_file(path))
    return open_run(run_place(path, config::load_experiment(path), std::nullopt).run.path());
  RunDirectory run(fs::absolute(path).lexically_normal());
  if (!fs::exists(run.experiment())) {
    throw Error("holds no run (there is no experiment.yaml in it)", run.path().string(),
                "give a run directory, such as runs/<name> beside the study's file");
  }
  return run;
}

}  // namespace musicmem::launcher
