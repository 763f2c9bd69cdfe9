// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/results/run_list.h"

#include "config/error.h"
#include "config/experiment.h"
#include "launcher/run/json_file.h"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

bool is_run(const fs::path& directory) {
  const RunDirectory run(directory);
  std::error_code unknown;
  return fs::is_regular_file(run.experiment(), unknown) && fs::is_regular_file(run.manifest(), unknown);
}

void find_runs(const fs::path& directory, std::vector<fs::path>& runs) {
  if (is_run(directory)) {
    runs.push_back(directory);
    return;
  }
  std::error_code error;  // a folder that may not be read has no runs to show
  std::vector<fs::path> folders;
  for (const auto& entry :
       fs::directory_iterator(directory, fs::directory_options::skip_permission_denied, error)) {
    if (entry.is_directory(error) && !entry.is_symlink(error)) folders.push_back(entry.path());
  }
  std::ranges::sort(folders);
  for (const fs::path& folder : folders) find_runs(folder, runs);
}

bool may_stand_for_model(const std::string& variant) {
  return variant != "shuffled" && !variant.starts_with("without-") && !variant.starts_with("only-") &&
         !variant.starts_with("share-");
}

std::optional<ReportedScore> read_score(const RunDirectory& run) {
  const fs::path file = run.report() / "summary.json";
  if (!fs::is_regular_file(file)) return std::nullopt;
  std::optional<ReportedScore> best;
  try {
    const json summary = read_json(file);
    for (const json& model : summary.at("models")) {
      const std::string variant = model.at("variant");
      if (!may_stand_for_model(variant) || !model.at("pooled_spearman").is_number()) continue;
      ReportedScore score{
          model.at("model").get<std::string>() + " " + variant, model.at("pooled_spearman"), {}};
      const json& interval = model.at("pooled_spearman_interval");
      if (interval.is_array()) score.interval = models::Interval{interval.at(0), interval.at(1)};
      if (!best || score.pooled_spearman > best->pooled_spearman) best = score;
    }
  } catch (const json::exception&) {
    return std::nullopt;  // a report of another program or version says nothing that can be shown
  }
  return best;
}

// YAML of the settings that results follow from: those of the plan, where there is one.
std::string settings_of(const RunDirectory& run) {
  const fs::path planned = run.planned_experiment();
  return config::results_yaml(config::load_experiment(fs::exists(planned) ? planned : run.experiment()));
}

struct FirstOfStudy {
  std::string path;
  std::string settings;
};

ListedRun read_listed(const fs::path& directory, const fs::path& folder,
                      std::map<std::string, FirstOfStudy>& first_of) {
  ListedRun listed;
  listed.path = directory.lexically_relative(folder);
  const RunDirectory run(directory);
  try {
    listed.status = read_run_status(run);
    listed.score = read_score(run);
    const std::string settings = settings_of(run);
    const auto [first, is_first] =
        first_of.try_emplace(listed.status.name, FirstOfStudy{listed.path.string(), settings});
    if (is_first) return listed;
    listed.compared_with = first->second.path;
    listed.differences = config::setting_differences(first->second.settings, settings);
  } catch (const Error& error) {
    listed.problem = error.what();
  }
  return listed;
}

}  // namespace

std::vector<ListedRun> list_runs(const fs::path& folder) {
  if (!fs::is_directory(folder))
    throw Error("is no folder", folder.string(), "give the folder that runs lie in");
  std::vector<fs::path> directories;
  find_runs(folder, directories);
  std::vector<ListedRun> runs;
  std::map<std::string, FirstOfStudy> first_of;
  for (const fs::path& directory : directories) runs.push_back(read_listed(directory, folder, first_of));
  return runs;
}

}  // namespace musicmem::launcher
