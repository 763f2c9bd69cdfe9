// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/setting_differences.h"
#include "launcher/results/run_status.h"
#include "models/statistics/bootstrap.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::launcher {

// The best that a run's report says of a model and variant that may stand for it.
struct ReportedScore {
  std::string name;  // of the model and variant
  double pooled_spearman = 0.0;
  std::optional<models::Interval> interval;
};

struct ListedRun {
  std::filesystem::path path;  // below the folder that was looked at
  RunStatus status;
  std::optional<ReportedScore> score;  // none where there is no report, or no correlation in it
  std::string compared_with;           // the first run of the same study, by its path; empty for that one
  std::vector<config::SettingDifference> differences;  // from it, of the settings that results follow from
  std::string problem;                                 // why the run cannot be read; else empty
};

// All runs below a folder, or the one that it is, by path. Links to folders are not followed, and nothing is looked for
// inside a run. Throws Error where `folder` is no folder.
std::vector<ListedRun> list_runs(const std::filesystem::path& folder);

}  // namespace musicmem::launcher
