// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/stages/replaced_fits.h"

#include "config/counted.h"
#include "config/io_error.h"
#include "config/model_traits.h"
#include "config/setting_differences.h"
#include "config/settings_reference.h"
#include "launcher/stages/fit_files.h"
#include "launcher/study/prepared_features.h"
#include "launcher/study/run_plan.h"
#include "launcher/study/study.h"
#include "models/protocol/folds.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iterator>
#include <optional>
#include <ranges>
#include <set>
#include <utility>

#include <fmt/ranges.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

// The last plan of the run and the settings that it belongs to; the settings are empty where this version of
// the program cannot read them.
struct LastPlan {
  RunPlan plan;
  PlanOrigin origin;
  std::optional<config::Experiment> experiment;
  std::vector<PlannedFit> finished;
};

std::optional<LastPlan> read_last_plan(const RunDirectory& run) {
  LastPlan last;
  try {
    if (!fs::exists(run.plan())) return std::nullopt;
    last.plan = read_run_plan(run);
    last.origin = read_plan_origin(run);
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    return std::nullopt;  // rewritten by the next training
  }
  try {
    last.experiment = config::load_experiment(run.planned_experiment());
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    // Of another version: causes go unnamed.
  }
  for (const PlannedFit& fit : last.plan.fits) {
    if (hash_of_fit(run.folds() / fit.directory) == fit.hash) last.finished.push_back(fit);
  }
  return last;
}

// What the file of labels says otherwise than it did.
struct LabelChanges {
  bool tracks = false;
  bool labels = false;
  bool weights = false;
  bool groups = false;

  bool any() const { return tracks || labels || weights || groups; }
};

LabelChanges label_changes(const RunPlan& plan, const Study& study) {
  LabelChanges changes;
  changes.tracks = plan.tracks.size() != study.tracks.size();
  for (std::size_t i = 0; i < study.tracks.size() && !changes.tracks; ++i) {
    const PlannedTrack& before = plan.tracks[i];
    changes.tracks = before.name != study.tracks[i];
    const double weight = study.weights.empty() ? 1.0 : study.weights[i];
    changes.labels = changes.labels || before.label != study.labels[i];
    changes.weights = changes.weights || before.weight != weight;
    changes.groups = changes.groups || before.group != (study.groups.empty() ? "" : study.groups[i]);
  }
  return changes;
}

bool same_folds(const RunPlan& plan, const Study& study) {
  const std::vector<int> fold_of =
      models::assign_folds(fold_tracks(study), study.experiment.cross_validation);
  return std::equal(fold_of.begin(), fold_of.end(), plan.tracks.begin(), plan.tracks.end(),
                    [](int fold, const PlannedTrack& track) { return fold == track.fold; });
}

// Whether the features of a set are computed otherwise now, for the same pitches.
bool other_features(const LastPlan& last, const Study& study, const config::AudioSet& set) {
  if (!last.experiment || study.experiment.data.from_table()) return false;
  config::Experiment before = *last.experiment;
  if (!config::audio_set(before.features, set.name)) return false;  // it had no such set
  const auto known = last.origin.prepared.find(to_string(set));
  if (known != last.origin.prepared.end() && known->second.store != features::store_key(set, before).hash)
    return true;  // by another version of the program
  before.augment.pitch_semitones = study.experiment.augment.pitch_semitones;
  return features::store_key(set, before).hash != features::store_key(set, study.experiment).hash;
}

bool other_pitches(const LastPlan& last, const Study& study) {
  return last.experiment &&
         last.experiment->augment.pitch_semitones != study.experiment.augment.pitch_semitones;
}

// Counts the finished fits that `is_other` holds for, given the fit that is planned in their place.
std::vector<PlannedFit> count(const LastPlan& last, const Study& study, const std::vector<FitTask>& fits,
                              const std::function<bool(const PlannedFit&, const FitTask&)>& is_other,
                              ReplacedFits& result) {
  std::map<std::string, const FitTask*> planned;
  for (const FitTask& fit : fits) planned[fit.directory(study.experiment).generic_string()] = &fit;
  std::vector<PlannedFit> affected;
  result.finished = last.finished.size();
  for (const PlannedFit& fit : last.finished) {
    const auto found = planned.find(fit.directory);
    if (found != planned.end() && !is_other(fit, *found->second)) continue;
    ++(found == planned.end() ? result.dropped : result.replaced);
    affected.push_back(fit);
  }
  return affected;
}

// Of a list that names fits, every entry of which is still there.
bool only_adds(const config::SettingDifference& change) {
  const std::string key = change.path.substr(change.path.rfind('.') + 1);
  if (key != "seeds" && key != "variants" && key != "controls" && key != "ablate") return false;
  const auto entries = [](const std::string& list) {
    std::set<std::string> names;
    std::string name;
    for (const char c : list) {
      if (std::string("[], ").find(c) == std::string::npos) {
        name += c;
      } else if (!name.empty()) {
        names.insert(std::exchange(name, ""));
      }
    }
    return names;
  };
  const std::set<std::string> before = entries(change.a);
  const std::set<std::string> now = entries(change.b);
  return std::includes(now.begin(), now.end(), before.begin(), before.end());
}

// Whether results of these fits can follow from the setting.
bool concerns(const config::SettingDifference& change, const std::vector<PlannedFit>& fits) {
  const auto any = [&](const auto& holds) { return std::any_of(fits.begin(), fits.end(), holds); };
  const std::string& path = change.path;
  if (only_adds(change) || change.a.empty()) return false;
  // What files hold is looked at by itself.
  if ((path.starts_with("data.") && !path.starts_with("data.target.")) || path == "name") return false;
  if (path.starts_with("models.")) {
    return any([&](const PlannedFit& fit) { return (path + ".").starts_with("models." + fit.model + "."); });
  }
  const config::Effect effect = config::find_settings(path).front().effect;
  if (effect == config::Effect::spectrogram_fits)
    return any([](const PlannedFit& fit) { return config::traits_of(fit.kind).takes_spectrograms; });
  return effect != config::Effect::nothing;
}

// As it is typed: the covariates are a feature set within.
std::string typed_name(const std::string& path) {
  const bool is_covariates = path == fmt::format("features.sets.{}.source", covariates_name);
  return is_covariates ? "data.covariates" : path;
}

void add_settings(const LastPlan& last, const Study& study, const std::vector<PlannedFit>& affected,
                  std::vector<Cause>& causes) {
  if (!last.experiment) return;
  const auto text_of = [](const config::Experiment& experiment) { return to_yaml(experiment, ""); };
  for (const config::SettingDifference& change :
       config::setting_differences(text_of(*last.experiment), text_of(study.experiment))) {
    if (!concerns(change, affected)) continue;
    causes.push_back({typed_name(change.path), change.b.empty() ? "left out" : change.a + " -> " + change.b});
  }
}

// The file that tracks and labels come from.
std::string labels_file(const config::Source& source) {
  return (source.from_table() ? source.table : source.labels).filename().string();
}

bool any_setting_of(const std::vector<Cause>& causes, const std::string& section) {
  return std::any_of(causes.begin(), causes.end(),
                     [&](const Cause& cause) { return cause.what.starts_with(section); });
}

// The file of labels, where it says something else and no setting explains that.
void add_labels(const LabelChanges& changes, const RunPlan& plan, const Study& study,
                std::vector<Cause>& causes) {
  const bool are_given = study.experiment.cross_validation.folds.by == config::Folds::By::given;
  const bool is_changed =
      changes.tracks || (changes.labels && !any_setting_of(causes, "data.target.column")) ||
      (changes.weights && !any_setting_of(causes, "data.target.weights")) ||
      (changes.groups && !any_setting_of(causes, "cross_validation.groups")) ||
      (are_given && !any_setting_of(causes, "cross_validation.folds") && !same_folds(plan, study));
  if (is_changed) causes.push_back({labels_file(study.experiment.data), "changed"});
}

struct ClipChanges {
  std::set<std::string> changed;
  std::set<std::string> missing;
  std::set<std::string> healed;
  bool other_store = false;  // of the same feature set

  bool any() const { return other_store || !changed.empty() || !missing.empty(); }
};

ClipChanges clip_changes(const PlanOrigin& plan, const std::map<std::string, PreparedSet>& now) {
  ClipChanges changes;
  for (const auto& [set, features] : now) {
    const auto before = plan.prepared.find(set);
    if (before == plan.prepared.end()) continue;
    const PreparedSet& known = before->second;
    changes.other_store |= known.store != features.store;
    for (const auto& [clip, hash] : known.clips) {
      const auto found = features.clips.find(clip);
      if (found == features.clips.end()) {
        changes.missing.insert(clip);
      } else if (found->second != hash && known.store == features.store) {
        changes.changed.insert(clip);
      }
    }
    for (const auto& [clip, hash] : features.clips) {
      if (!known.clips.contains(clip)) changes.healed.insert(clip);
    }
  }
  return changes;
}

// Clips that the plan's features hold and that have no audio file now.
std::size_t lost_clips(const PlanOrigin& plan, const Study& study) {
  return static_cast<std::size_t>(std::ranges::count_if(study.clips, [&](const StudyClip& clip) {
    return clip.audio.empty() && std::ranges::any_of(plan.prepared, [&](const auto& set) {
             return set.second.clips.contains(clip.shard);
           });
  }));
}

Cause missing_audio(std::size_t clips) {
  return {"audio", "missing or unusable (" + counted(clips, "clip") + ")"};
}

// Sets whose files hold something else, where settings do not explain it.
void add_sets(const RunPlan& plan, const Study& study, std::vector<Cause>& causes) {
  for (const auto& [name, content] : study.sets) {
    const auto before = plan.features.sets.find(name);
    const bool is_other = before != plan.features.sets.end() && before->second.originals != content.originals;
    if (is_other && !any_setting_of(causes, "features.sets." + name))
      causes.push_back({"feature set " + name, "changed"});
  }
}

// What the features were made of, where settings and labels do not explain the difference.
void add_features(const ClipChanges& clips, const Study& study, std::vector<Cause>& causes) {
  const bool has_sources = study.experiment.features.ehc.stems.source != config::Stems::Source::approximate ||
                           study.experiment.features.ehc.emotion.source != config::Emotion::Source::none ||
                           !study.experiment.features.ehc.tempo.empty();
  if (!clips.changed.empty()) {
    causes.push_back({has_sources ? "audio, or what its features take from beside it," : "audio",
                      "changed (" + counted(clips.changed.size(), "clip") + ")"});
  }
  if (!clips.missing.empty()) {
    causes.push_back(missing_audio(clips.missing.size()));
  }
  if (clips.other_store && !any_setting_of(causes, "features.") && !any_setting_of(causes, "augment."))
    causes.push_back({"features", "changed"});
}

// Why fits of the same settings, labels and features are others: the weights that
// they start from, or the program.
Cause unexplained(const Study& study, const std::vector<PlannedFit>& affected) {
  for (const config::ModelSpec& model : study.experiment.models) {
    const bool starts_from_file = !model.ssast.pretrained.empty() &&
                                  std::all_of(affected.begin(), affected.end(), [&](const PlannedFit& fit) {
                                    return fit.model == model.label;
                                  });
    if (starts_from_file) return {model.ssast.pretrained.filename().string(), "changed"};
  }
  return {"this version of musicmem", "computes these fits differently"};
}

ReplacedFits healed_fits(const ReplacedFits& fits, const std::set<std::string>& shards, const Study& study) {
  ReplacedFits result;
  result.finished = fits.finished;
  result.healed = fits.replaced;
  for (std::size_t i = 0; i < study.clips.size(); ++i) {
    if (shards.contains(study.clips[i].shard)) result.healed_by.push_back(study.tracks[i]);
  }
  return result;
}

// Model, variant, seed and fold, or with a repeat before the fold.
bool is_fit_directory(const fs::path& relative) {
  const auto levels = std::distance(relative.begin(), relative.end());
  const bool is_repeat = relative.filename().string().starts_with("repeat-");
  return (levels == 4 && !is_repeat) || levels == 5;
}

// Hashes keep apart what lay at the same place at different times.
fs::path stale_place(const RunDirectory& run, const fs::path& relative, const std::string& hash) {
  constexpr std::size_t digits = 8;
  return stale_fits(run) / relative.parent_path() /
         (relative.filename().string() + "." + (hash.empty() ? "damaged" : hash.substr(0, digits)));
}

void set_aside(const RunDirectory& run, const fs::path& relative, const std::string& hash) {
  const fs::path from = run.folds() / relative;
  const fs::path to = stale_place(run, relative, hash);
  std::error_code error;
  fs::remove_all(to, error);
  fs::create_directories(to.parent_path(), error);
  fs::rename(from, to, error);
  if (error)
    throw Error("cannot be moved to folds/.stale: " + error.message(), from.string(),
                "check its permissions");
  // Folders that are empty now.
  for (fs::path folder = from.parent_path(); folder != run.folds(); folder = folder.parent_path()) {
    if (!fs::remove(folder, error)) break;
  }
  fs::remove_all(run.tensorboard() / relative, error);
}

// Every fit below folds/ but those set aside, by its path below folds/.
std::vector<fs::path> fits_on_disk(const RunDirectory& run) {
  std::vector<fs::path> found;
  if (!fs::exists(run.folds())) return found;
  for (fs::recursive_directory_iterator entry(run.folds()), end; entry != end; ++entry) {
    const fs::path relative = entry->path().lexically_relative(run.folds());
    const bool is_fit = is_fit_directory(relative);
    if (is_fit || relative.filename() == ".stale") entry.disable_recursion_pending();
    const bool is_attempt = relative.filename().string().find(".tmp.") != std::string::npos;
    if (is_fit && !is_attempt && entry->is_directory()) found.push_back(relative);
  }
  return found;
}

}  // namespace

std::string ReplacedFits::text() const {
  const std::string verb = replaced == 0 ? "drop " : dropped == 0 ? "replace " : "replace or drop ";
  const auto text = [](const Cause& cause) { return cause.what + " " + cause.change; };
  return fmt::format("would {}{} of {} finished fits: {}", verb, replaced + dropped, finished,
                     fmt::join(causes | std::views::transform(text), ", "));
}

std::string ReplacedFits::healed_text() const {
  const bool is_one = healed_by.size() == 1;
  return counted(healed, "finished fit") + (healed == 1 ? " is" : " are") + " made anew: " +
         (is_one ? healed_by.front() + " has features now"
                 : counted(healed_by.size(), "clip") + " have features now, such as " + healed_by.front());
}

ReplacedFits fits_to_be_replaced(const RunDirectory& run, const Study& study) {
  ReplacedFits result;
  const auto last = read_last_plan(run);
  if (!last || last->finished.empty()) return result;
  std::vector<FitTask> fits = list_fits(study.experiment, study.tracks.size(), count_folds(study));
  add_recipes(fits, study.experiment, study.sets);
  const LabelChanges labels = label_changes(last->plan, study);
  const bool other_tracks = labels.any();
  const std::size_t lost = lost_clips(last->origin, study);
  const bool other_study = other_tracks || lost > 0 || !same_folds(last->plan, study);
  std::set<std::string> other_sets;
  for (const config::AudioSet& set : feature_sets(study.experiment)) {
    if (other_features(*last, study, set)) other_sets.insert(to_string(set));
  }
  const auto is_other = [&](const PlannedFit& fit, const FitTask& planned) {
    const auto recipe = last->origin.recipes.find(fit.directory);
    return other_study || (recipe != last->origin.recipes.end() && recipe->second != planned.recipe) ||
           std::ranges::any_of(study.experiment.models[planned.model].features.sets,
                               [&](const std::string& set) { return other_sets.contains(set); }) ||
           (uses_augmented_rows(planned.variant) && other_pitches(*last, study));
  };
  const std::vector<PlannedFit> affected = count(*last, study, fits, is_other, result);
  if (!result.any()) return result;
  add_settings(*last, study, affected, result.causes);
  add_labels(labels, last->plan, study, result.causes);
  if (lost > 0 && !other_tracks) result.causes.push_back(missing_audio(lost));
  if (!other_tracks) add_sets(last->plan, study, result.causes);
  if (result.causes.empty()) result.causes.push_back(unexplained(study, affected));
  return result;
}

ReplacedFits fits_to_be_replaced(const RunDirectory& run, const Study& study,
                                 const std::vector<PreparedFeatures>& prepared,
                                 const std::vector<FitTask>& fits) {
  ReplacedFits result;
  const auto last = read_last_plan(run);
  if (!last || last->finished.empty()) return result;
  const std::vector<PlannedFit> affected = count(
      *last, study, fits,
      [](const PlannedFit& fit, const FitTask& planned) { return fit.hash != planned.hash; }, result);
  if (!result.any()) return result;
  add_settings(*last, study, affected, result.causes);
  const LabelChanges labels = label_changes(last->plan, study);
  const bool other_tracks = labels.any();
  add_labels(labels, last->plan, study, result.causes);
  const bool from_table = study.experiment.data.from_table();
  if (from_table && !other_tracks && last->plan.data_hash != data_hash(study, prepared))
    result.causes.push_back({labels_file(study.experiment.data), "changed"});
  const ClipChanges clips = clip_changes(last->origin, prepared_sets(prepared));
  if (!other_tracks) add_features(clips, study, result.causes);
  if (!other_tracks) add_sets(last->plan, study, result.causes);
  if (result.causes.empty() && result.dropped == 0 && !clips.healed.empty())
    return healed_fits(result, clips.healed, study);
  if (result.causes.empty()) result.causes.push_back(unexplained(study, affected));
  return result;
}

void refuse_to_replace(const ReplacedFits& fits, const RunDirectory& run) {
  if (!fits.any()) return;
  throw Error("this start " + fits.text(), run.path().string(),
              "choose another run directory with --run-dir, or let it replace them with --replace");
}

fs::path stale_fits(const RunDirectory& run) {
  return run.folds() / ".stale";
}

std::vector<fs::path> set_stale_fits_aside(const RunDirectory& run, const config::Experiment& experiment,
                                           const std::vector<FitTask>& fits, bool replaces_others) {
  std::map<std::string, std::string> planned;
  for (const FitTask& fit : fits) planned[fit.directory(experiment).generic_string()] = fit.hash;
  std::vector<fs::path> moved;
  for (const fs::path& fit : fits_on_disk(run)) {
    const auto found = planned.find(fit.generic_string());
    const std::string hash = hash_of_fit(run.folds() / fit).value_or("");
    const bool is_other =
        found == planned.end() || (replaces_others && !hash.empty() && hash != found->second);
    if (!is_other) continue;
    set_aside(run, fit, hash);
    moved.push_back(fit);
  }
  return moved;
}

}  // namespace musicmem::launcher
