// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "data/files/durable_file.h"
#include "data/files/folder_entries.h"
#include "data/files/hash.h"
#include "data/segment_table.h"
#include "distributed/wire.h"
#include "features/sound/audio.h"
#include "features/store/prepare_clip.h"
#include "launcher/run/part_costs.h"
#include "launcher/study/clip_warnings.h"
#include "launcher/study/farm_out.h"
#include "launcher/study/prepared_features.h"
#include "launcher/study/run_plan.h"
#include "launcher/study/stage.h"
#include "launcher/study/study_check.h"
#include "models/machine/freed_memory.h"
#include "models/torch/single_thread.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

// A clip that needs work, and for which of the plans; for none of them where
// only its shifted audio is missing.
struct ClipWork {
  std::size_t clip = 0;
  std::vector<std::size_t> plans;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ClipWork, clip, plans)

fs::path shifted_folder(const Study& study, int semitones) {
  return study.experiment.data.audio.parent_path() / data::augment_type(semitones);
}

// Of every pitch whose audio is kept.
std::vector<data::FolderEntries> shifted_folders(const Study& study) {
  std::vector<data::FolderEntries> folders;
  const config::Augment& augment = study.experiment.augment;
  if (!augment.keep_audio) return folders;
  for (const int n : augment.pitch_semitones) folders.emplace_back(shifted_folder(study, n));
  return folders;
}

bool is_current(const PreparePlan& plan, const PrepareTask& task) {
  return plan.store.shard_state(task.entry) == data::SealState::good;
}

bool has_task(const std::vector<PreparePlan>& plans, std::size_t clip) {
  const auto& tasks = plans.front().tasks;
  return std::any_of(tasks.begin(), tasks.end(), [&](const PrepareTask& task) { return task.clip == clip; });
}

// Clips with a shard that is not good in some plan, in study order.
std::vector<ClipWork> clips_to_do(const Study& study, const std::vector<PreparePlan>& plans) {
  const std::vector<data::FolderEntries> kept = shifted_folders(study);
  const auto lacks_kept_audio = [&](std::size_t clip) {
    return std::ranges::any_of(
        kept, [&](const data::FolderEntries& folder) { return folder.find(study.clips[clip].name).empty(); });
  };
  std::vector<ClipWork> work(study.clips.size());
  for (std::size_t p = 0; p < plans.size(); ++p) {
    for (const PrepareTask& task : plans[p].tasks) {
      if (!is_current(plans[p], task)) work[task.clip].plans.push_back(p);
    }
  }
  for (std::size_t clip = 0; clip < work.size(); ++clip) work[clip].clip = clip;
  std::erase_if(work, [&](const ClipWork& entry) {
    return entry.plans.empty() && !(lacks_kept_audio(entry.clip) && has_task(plans, entry.clip));
  });
  return work;
}

// Forgets failures of clips that left the study or are prepared by now.
void forget_old_failures(const RunDirectory& run, const Study& study, const std::vector<PreparePlan>& plans,
                         const std::vector<ClipWork>& work) {
  std::vector<std::string> still_to_do;
  for (const ClipWork& clip : work) still_to_do.push_back(prepare_task_name(study.tracks[clip.clip]));
  for (std::size_t clip = 0; clip < study.clips.size(); ++clip) {
    if (!has_task(plans, clip)) still_to_do.push_back(prepare_task_name(study.tracks[clip]));
  }
  run.keep_failures_of(still_to_do, "prepare");
}

std::vector<ClipWork> clips_to_do_everywhere(const Start& start, const Study& study,
                                             const std::vector<PreparePlan>& plans) {
  return from_rank_zero(start.team.ranks, "looking for prepared clips", [&] {
    for (const PreparePlan& plan : plans) {
      plan.store.create();
      data::remove_stale_temporaries(plan.store.directory());
    }
    const config::Augment& augment = study.experiment.augment;
    for (const int semitones : augment.keep_audio ? augment.pitch_semitones : std::vector<int>()) {
      data::remove_stale_temporaries(shifted_folder(study, semitones));
    }
    std::vector<ClipWork> to_do = clips_to_do(study, plans);
    forget_old_failures(start.run.directory, study, plans, to_do);
    return to_do;
  });
}

bool takes_ehc(const std::vector<PreparePlan>& plans, const std::vector<ClipWork>& work) {
  return std::ranges::any_of(work, [&](const ClipWork& clip) {
    return std::ranges::any_of(
        clip.plans, [&](std::size_t p) { return plans[p].store.key().set == config::FeatureSet::ehc; });
  });
}

const PrepareTask& task_of(const PreparePlan& plan, std::size_t clip) {
  return *std::find_if(plan.tasks.begin(), plan.tasks.end(),
                       [&](const PrepareTask& task) { return task.clip == clip; });
}

void keep_shifted_audio(const Study& study, std::size_t clip, const features::PitchVariants& variants) {
  for (std::size_t v = 1; v < variants.semitones.size(); ++v) {
    const fs::path file = shifted_folder(study, variants.semitones[v]) / study.clips[clip].audio.filename();
    features::write_wav(file, variants.samples[v], features::study_rate);
  }
}

// What clips are made from: the preparer, and the hashes of its inputs, when the plan was made and now.
struct PrepareInputs {
  features::ClipPreparer& preparer;
  const std::vector<ClipHashes>& planned;
  const InputHasher& now;

  // A shard is named by what it was made from: throws Error where that is not what was hashed.
  void require_unchanged(const Study& study, std::size_t clip) const {
    if (now.hash(clip) == planned[clip]) return;
    throw Error("its audio, or what belongs to it, was replaced while it was prepared",
                study.clips[clip].audio.string(), "run the same command again");
  }
};

// The same of the files that all clips share; called once they are open.
void require_unchanged(const Study& study, const std::vector<PreparePlan>& plans) {
  for (const PreparePlan& plan : plans) {
    if (features::store_key(plan.store.key().set, study.experiment).hash == plan.store.key().hash) continue;
    throw Error("the separator or the emotion model was replaced while it was read", "",
                "run the same command again");
  }
}

void warn_of_doubts(const Start& start, const std::string& track, const std::vector<std::string>& doubts) {
  for (const std::string& doubt : doubts) start.run.log.warning(track + ": " + doubt);
  if (!start.display.quiet) warn_of_clip(track, {"", doubts});
}

void prepare_clip(const Start& start, const Study& study, const std::vector<PreparePlan>& plans,
                  const ClipWork& work, const PrepareInputs& inputs, PartCosts& costs) {
  const std::string& name = study.clips[work.clip].name;
  const features::ClipAudio audio = [&] {
    const PartCosts::Span span(costs, "io", "read");
    return features::read_clip(study.clips[work.clip].audio);
  }();
  const auto variants = [&] {
    const PartCosts::Span span(costs, "part", "pitch shift");
    return features::make_pitch_variants(name, audio, study.experiment.augment.pitch_semitones);
  }();
  std::vector<config::FeatureSet> sets;
  for (const std::size_t p : work.plans) sets.push_back(plans[p].store.key().set);
  auto extracted = inputs.preparer.extract(sets, variants);
  inputs.require_unchanged(study, work.clip);
  start.run.claim.require_held();
  if (study.experiment.augment.keep_audio) keep_shifted_audio(study, work.clip, variants);
  features::ClipRemarks remarks = audio.remarks();
  if (!inputs.preparer.doubt().empty()) remarks.doubts.push_back(inputs.preparer.doubt());
  warn_of_doubts(start, study.tracks[work.clip], remarks.doubts);
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const PreparePlan& plan = plans[work.plans[i]];
    features::PreparedClip clip{name, remarks.text(), variants.semitones, std::move(extracted[i])};
    start.run.claim.require_held();
    const PartCosts::Span span(costs, "io", "write");
    plan.store.commit_shard(task_of(plan, work.clip).entry, clip);
  }
}

// Of one clip on one core: what a pitch variant takes to be made, and to be analysed for each feature set.
double expected_seconds(const Study& study, std::size_t sets) {
  constexpr double per_shift = 0.12;
  constexpr double per_analysis = 0.15;
  const auto shifts = static_cast<double>(study.experiment.augment.pitch_semitones.size());
  return per_shift * shifts + per_analysis * (shifts + 1.0) * static_cast<double>(sets);
}

FarmWork farm_work(const Study& study, const std::vector<PreparePlan>& plans,
                   const std::vector<ClipWork>& work, std::size_t present) {
  FarmWork farm;
  farm.stage = "prepare";
  farm.on_disk = present - work.size();
  const std::vector<std::string> hashes = clip_hashes(plans, study.clips.size());
  for (const ClipWork& clip : work) {
    farm.names.push_back(prepare_task_name(study.tracks[clip.clip]));
    farm.hashes.push_back(hashes[clip.clip]);
    farm.costs.push_back(expected_seconds(study, clip.plans.size()));
  }
  return farm;
}

// The most memory that this process has held, as /proc says it ("123456 kB"); empty where there is no /proc.
std::string peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return line.substr(line.find_first_of("0123456789"));
  }
  return "";
}

// Labels whose audio is missing fail without a task. Returns their number; rank 0 records them.
std::size_t fail_missing_audio(const Start& start, const Study& study,
                               const std::vector<ClipHashes>& hashes) {
  std::size_t missing = 0;
  for (std::size_t clip = 0; clip < hashes.size(); ++clip) {
    if (!hashes[clip].audio.empty()) continue;
    ++missing;
    if (!start.team.leads()) continue;
    const std::string& cause = study.clips[clip].problem;
    const std::string problem =
        "has a label but no readable audio file" +
        (cause.empty() ? "; add the file to data.audio or remove the label" : ": " + cause);
    const std::string name = prepare_task_name(study.tracks[clip]);
    start.run.directory.record_failure({name, "", problem});
    start.run.log.error("failed " + name + ": " + problem);
  }
  return missing;
}

// One line for all clips that begin with `word`, "cut" or "padded".
void warn_of_lengths(RunLog& log, const Study& study, const std::vector<AdjustedClip>& clips,
                     const std::string& word, const std::string& problem, const std::string& advice) {
  std::vector<AdjustedClip> found;
  std::copy_if(clips.begin(), clips.end(), std::back_inserter(found),
               [&](const AdjustedClip& clip) { return clip.adjustment.starts_with(word); });
  if (found.empty()) return;
  log.warn(std::to_string(found.size()) + " of " + std::to_string(study.clips.size()) + " clips are " +
           problem + ", such as " + found.front().track + " (" + found.front().adjustment + "); " + advice);
}

// On rank 0, once the features are compacted.
void warn_of_adjusted_clips(RunLog& log, const Study& study, const std::vector<PreparedFeatures>& prepared) {
  const std::vector<AdjustedClip> clips = adjusted_clips(prepared);
  warn_of_lengths(log, study, clips, "cut", "longer than 5 s: only their first 5 s count",
                  "cut them as the listeners heard them");
  warn_of_lengths(log, study, clips, "padded", "shorter than 5 s and padded with silence",
                  "cut them again from their sources");
}

void tell_of_equal_clips(RunLog& log, const Study& study, const std::vector<ClipHashes>& hashes) {
  std::vector<std::string> audio;
  for (const ClipHashes& clip : hashes) audio.push_back(clip.audio);
  if (const auto found = find_equal_clips(study.tracks, audio)) log.warn(found->text());
}

}  // namespace

StageResult prepare_stage(const Start& start, const Study& study) {
  const std::vector<ClipHashes> hashes = hash_inputs_everywhere(start.team.ranks, study);
  const std::vector<PreparePlan> plans = plan_prepare(study, hashes);
  const std::size_t missing = fail_missing_audio(start, study, hashes);
  if (start.team.leads()) tell_of_equal_clips(start.run.log, study, hashes);
  const std::vector<ClipWork> work = clips_to_do_everywhere(start, study, plans);

  const models::FreedMemoryPolicy returned(models::FreedMemory::returned);
  std::shared_ptr<const void> one_thread;  // of a separator: equal numbers for any number of ranks
  if (study.experiment.features.ehc.stems.source == config::Stems::Source::torchscript) {
    one_thread = models::hold_batch_threads_late(1);
  }
  const int gpu = start.team.map.roles[start.team.rank()].device;
  features::ClipPreparer preparer(study.experiment.features, gpu);
  std::optional<InputHasher> hasher;
  together(start.team.ranks, "opening the sources of features", [&] {
    if (takes_ehc(plans, work)) preparer.open_sources();
    require_unchanged(study, plans);
    hasher.emplace(study);
  });
  const PrepareInputs inputs{preparer, hashes, *hasher};
  PartCosts costs(start.run.trace);
  preparer.watch_parts(
      [&](const std::string& part) { return std::make_shared<PartCosts::Span>(costs, "part", part); });
  const FarmWork farm = farm_work(study, plans, work, study.clips.size() - missing);
  StageResult result = farm_out(start, farm, study.experiment.runtime.keep_going, [&](std::size_t task) {
    prepare_clip(start, study, plans, work[task], inputs, costs);
  });
  if (!work.empty()) start.run.log.info("this rank's time went to: " + costs.text());
  start.run.log.info("peak memory after preparing: " + peak_memory());
  result.failed += missing;
  const bool goes_on = study.experiment.runtime.keep_going || result.failed == 0;
  if (result.interrupted || !goes_on) return result;
  std::vector<PreparedFeatures> prepared = prepared_everywhere(start, study);
  together(start.team.ranks, "describing the data", [&] {
    if (!start.team.leads()) return;
    start.run.directory.describe_inputs(data_hash(study, prepared), /*trains=*/false);
    open_tables(prepared);
    warn_of_adjusted_clips(start.run.log, study, prepared);
  });
  return result;
}

std::vector<PlannedTask> dry_prepare(const Study& study) {
  const auto plans = plan_prepare(study, hash_inputs(study));
  std::vector<bool> to_do(study.clips.size(), false);
  for (const ClipWork& work : clips_to_do(study, plans)) to_do[work.clip] = true;
  std::vector<PlannedTask> tasks;
  for (std::size_t clip = 0; clip < study.clips.size(); ++clip) {
    tasks.push_back({prepare_task_name(study.tracks[clip]), !to_do[clip] && has_task(plans, clip),
                     expected_seconds(study, plans.size())});
  }
  return tasks;
}

}  // namespace musicmem::launcher
