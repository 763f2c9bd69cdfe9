// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/results/run_changes.h"

#include "config/counted.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "launcher/stages/replaced_fits.h"
#include "launcher/study/feature_tables.h"
#include "launcher/study/run_plan.h"
#include "launcher/study/study.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <sys/stat.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

// A table's values are at hand; those of clips are known by the shards alone.
ReplacedFits replaced_fits(const RunDirectory& run, const Study& study) {
  if (!study.experiment.data.from_table()) return fits_to_be_replaced(run, study);
  return fits_to_be_replaced(run, study, {}, plan_fits(study, load_feature_tables(study, {})));
}

struct FileTimes {
  timespec written{};  // of its content, which copies may keep
  timespec placed{};   // of its entry on the disk, which nobody sets
  std::uintmax_t bytes = 0;
};

// Nothing where the file is gone.
std::optional<FileTimes> times_of(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return FileTimes{status.st_mtim, status.st_ctim, static_cast<std::uintmax_t>(status.st_size)};
}

bool before(const timespec& a, const timespec& b) {
  return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

// Whether the file of a clip is not the one that the plan's fits were made of.
bool is_another(const fs::path& audio, const PlannedTrack& planned, const timespec& plan_written) {
  const auto now = times_of(audio);
  if (!now) return false;  // a missing clip is told of as such
  if (planned.bytes != 0 && planned.bytes != now->bytes) return true;
  if (planned.audio.empty()) return before(plan_written, now->written);
  if (before(now->written, plan_written) && before(now->placed, plan_written)) return false;
  return data::checksum(data::read_file(audio)) != planned.audio;
}

std::size_t changed_clips(const RunDirectory& run, const RunPlan& plan, const Study& study) {
  const auto plan_file = times_of(run.plan());
  if (!plan_file) return 0;
  std::map<std::string, const PlannedTrack*> planned;
  for (const PlannedTrack& track : plan.tracks) planned[track.name] = &track;
  std::size_t changed = 0;
  for (std::size_t i = 0; i < study.clips.size(); ++i) {
    const auto known = planned.find(study.tracks[i]);
    const bool is_changed =
        known != planned.end() && is_another(study.clips[i].audio, *known->second, plan_file->written);
    changed += is_changed ? 1 : 0;
  }
  return changed;
}

std::vector<std::string> untrained_fits(const RunPlan& plan, const Study& study) {
  std::set<std::string> planned;
  for (const PlannedFit& fit : plan.fits) planned.insert(fit.directory);
  std::vector<std::string> untrained;
  for (const FitTask& fit : list_fits(study.experiment, study.tracks.size(), count_folds(study))) {
    const std::string directory = fit.directory(study.experiment).generic_string();
    if (!planned.contains(directory)) untrained.push_back(directory);
  }
  return untrained;
}

}  // namespace

RunChanges look_for_changes(const RunDirectory& run, const Study& study) {
  RunChanges changes;
  if (!fs::exists(run.plan())) return changes;
  for (const Cause& cause : replaced_fits(run, study).causes) changes.what.push_back(cause.what);
  const RunPlan plan = read_run_plan(run);
  changes.clips = changed_clips(run, plan, study);
  changes.untrained = untrained_fits(plan, study);
  return changes;
}

std::string changes_text(const RunChanges& changes) {
  std::vector<std::string> names = changes.what;
  if (changes.clips > 0) names.push_back(counted(changes.clips, "clip"));
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += (i == 0 ? "" : i + 1 < names.size() ? ", " : " and ") + names[i];
  }
  const bool is_one = names.size() == 1 && changes.clips < 2;
  if (!names.empty()) text += is_one ? " has changed since" : " have changed since";
  if (changes.untrained.empty()) return text;
  const bool is_one_fit = changes.untrained.size() == 1;
  return text + (text.empty() ? "" : ", and ") + counted(changes.untrained.size(), "fit") +
         (is_one_fit ? " that it asks for was not trained: "
                     : " that it asks for were not trained, such as ") +
         changes.untrained.front();
}

}  // namespace musicmem::launcher
