// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "data/files/durable_file.h"
#include "data/files/folder_entries.h"
#include "data/files/hash.h"
#include "data/segment_table.h"
#include "distributed/wire.h"
#include "features/feature_set.h"
#include "features/sound/audio.h"
#include "features/sound/kept_audio.h"
#include "features/store/prepare_clip.h"
#include "launcher/run/clip_warnings.h"
#include "launcher/run/part_costs.h"
#include "launcher/stages/farm_out.h"
#include "launcher/stages/stage.h"
#include "launcher/study/findings.h"
#include "launcher/study/prepared_features.h"
#include "launcher/study/run_plan.h"
#include "launcher/study/study.h"
#include "models/machine/freed_memory.h"
#include "models/torch/single_thread.h"

#include <algorithm>
#include <fstream>
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

// Clips that lack a shifted copy that is kept, or have one of another part of their file.
std::vector<std::size_t> clips_without_kept_audio(const Study& study) {
  const std::vector<data::FolderEntries> kept = shifted_folders(study);
  std::vector<std::size_t> clips;
  for (std::size_t clip = 0; clip < study.clips.size(); ++clip) {
    const auto lacks_it = [&](const data::FolderEntries& folder) {
      const fs::path file = folder.find(study.clips[clip].name);
      return file.empty() || features::is_of_another_part(file, study.experiment.features.clip);
    };
    if (std::ranges::any_of(kept, lacks_it)) clips.push_back(clip);
  }
  return clips;
}

// Clips with a shard to make in some plan, or with audio to keep, in study order.
std::vector<ClipWork> clips_to_do(const StudyInputs& inputs,
                                  const std::vector<std::size_t>& without_kept_audio) {
  std::vector<ClipWork> work(inputs.clips.size());
  for (std::size_t p = 0; p < inputs.plans.size(); ++p) {
    for (const PrepareTask& task : inputs.plans[p].tasks) {
      if (!task.is_done) work[task.clip].plans.push_back(p);
    }
  }
  for (std::size_t clip = 0; clip < work.size(); ++clip) work[clip].clip = clip;
  std::erase_if(work, [&](const ClipWork& entry) {
    const bool keeps =
        std::ranges::binary_search(without_kept_audio, entry.clip) && inputs.clips[entry.clip].has_audio();
    return entry.plans.empty() && !keeps;
  });
  return work;
}

// Forgets failures of clips that left the study or are prepared by now.
void forget_old_failures(const RunDirectory& run, const Study& study, const StudyInputs& inputs,
                         const std::vector<ClipWork>& work) {
  std::vector<std::string> still_to_do;
  for (const ClipWork& clip : work) still_to_do.push_back(prepare_task_name(study.tracks[clip.clip]));
  for (std::size_t clip = 0; clip < study.clips.size(); ++clip) {
    if (!inputs.clips[clip].has_audio()) still_to_do.push_back(prepare_task_name(study.tracks[clip]));
  }
  run.keep_failures_of(still_to_do, "prepare");
}

// Collective. The place for the shards is made.
std::vector<ClipWork> clips_to_do_everywhere(const Start& start, const Study& study,
                                             const StudyInputs& inputs) {
  const auto without_kept_audio = from_rank_zero(start.team.ranks, "looking for prepared clips", [&] {
    for (const PreparePlan& plan : inputs.plans) {
      plan.store.create();
      data::remove_stale_temporaries(plan.store.directory());
    }
    for (const data::FolderEntries& folder : shifted_folders(study))
      data::remove_stale_temporaries(folder.directory());
    std::vector<std::size_t> clips = clips_without_kept_audio(study);
    forget_old_failures(start.run.directory, study, inputs, clips_to_do(inputs, clips));
    return clips;
  });
  return clips_to_do(inputs, without_kept_audio);
}

void open_sources(features::ClipPreparer& preparer, const std::vector<PreparePlan>& plans,
                  const std::vector<ClipWork>& work) {
  for (const ClipWork& clip : work) {
    for (const std::size_t p : clip.plans) preparer.open_sources(plans[p].store.key().set);
  }
}

const PrepareTask& task_of(const PreparePlan& plan, std::size_t clip) {
  return *std::ranges::find(plan.tasks, clip, &PrepareTask::clip);
}

void keep_shifted_audio(const Study& study, std::size_t clip, const features::PitchVariants& variants) {
  for (std::size_t v = 1; v < variants.semitones.size(); ++v) {
    const StudyClip& of = study.clips[clip];
    const fs::path folder = shifted_folder(study, variants.semitones[v]) / fs::path(of.name).parent_path();
    features::write_clip(folder / of.audio.filename(), variants.samples[v], study.experiment.features.clip);
  }
}

// A shard is named by what it was made from: throws Error where that is not what was hashed.
void require_unchanged(const Study& study, const ClipHashes& planned, const InputHasher& now,
                       std::size_t clip) {
  if (now.hash(clip) == planned) return;
  throw Error("its audio, or what belongs to it, was replaced while it was prepared",
              study.clips[clip].audio.string(), "run the same command again");
}

// The same of the files that all clips share; called once they are open.
void require_unchanged(const Study& study, const std::vector<PreparePlan>& plans) {
  for (const PreparePlan& plan : plans) {
    if (features::store_key(plan.store.key().set, study.experiment).hash == plan.store.key().hash) continue;
    throw Error("the separator, the emotion model or an encoder was replaced while it was read", "",
                "run the same command again");
  }
}

void log_anomalies(const Start& start, const std::string& track, const std::vector<std::string>& anomalies) {
  for (const std::string& anomaly : anomalies) start.run.log.warning(track + ": " + anomaly);
  if (!start.display.quiet) warn_of_anomalies(track, anomalies);
}

// What a rank prepares clips with.
struct PrepareTools {
  features::ClipPreparer& preparer;
  const InputHasher& hasher;
  PartCosts& costs;
};

void prepare_clip(const Start& start, const Study& study, StudyInputs& inputs, const ClipWork& work,
                  const PrepareTools& tools) {
  auto& [preparer, hasher, costs] = tools;
  const std::string& name = study.clips[work.clip].name;
  const features::ClipAudio audio = [&] {
    const PartCosts::Span span(costs, "io", "read");
    return features::read_clip(study.clips[work.clip].audio,
                               features::part_of(study.experiment.features.clip));
  }();
  const auto variants = [&] {
    const PartCosts::Span span(costs, "part", "pitch shift");
    return features::make_pitch_variants(name, audio, study.experiment.augment.pitch_semitones);
  }();
  std::vector<config::AudioSet> sets;
  for (const std::size_t p : work.plans) sets.push_back(inputs.plans[p].store.key().set);
  auto extracted = preparer.extract(sets, variants);
  require_unchanged(study, inputs.clips[work.clip], hasher, work.clip);
  start.run.claim.require_held();
  if (study.experiment.augment.keep_audio) keep_shifted_audio(study, work.clip, variants);
  features::ClipRemarks remarks = audio.remarks();
  if (!preparer.anomaly().empty()) remarks.anomalies.push_back(preparer.anomaly());
  log_anomalies(start, study.tracks[work.clip], remarks.anomalies);
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const PreparePlan& plan = inputs.plans[work.plans[i]];
    features::PreparedClip clip{name, remarks.text(), variants.semitones, std::move(extracted[i])};
    start.run.claim.require_held();
    const PartCosts::Span span(costs, "io", "write");
    plan.store.commit_shard(task_of(plan, work.clip).entry, clip, inputs.known);
  }
}

// Of one clip on one core: what a pitch variant takes to be made, and to be analysed for each feature set.
double expected_seconds(const Study& study, std::size_t sets) {
  constexpr double per_shift = 0.12;
  constexpr double per_analysis = 0.15;
  const auto shifts = static_cast<double>(study.experiment.augment.pitch_semitones.size());
  const double length = study.experiment.features.clip.seconds / config::ClipGeometry{}.seconds;
  return length * (per_shift * shifts + per_analysis * (shifts + 1.0) * static_cast<double>(sets));
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
    if (hashes[clip].has_audio()) continue;
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

void tell_of_equal_clips(RunLog& log, const Study& study, const std::vector<ClipHashes>& hashes) {
  std::vector<std::string> audio;
  for (const ClipHashes& clip : hashes) audio.push_back(clip.audio);
  if (const auto found = find_equal_clips(study.tracks, audio)) log.warn(found->text());
}

}  // namespace

StageResult prepare_stage(const Start& start, const Study& study, StudyInputs& inputs) {
  const std::size_t missing = fail_missing_audio(start, study, inputs.clips);
  if (start.team.leads()) tell_of_equal_clips(start.run.log, study, inputs.clips);
  const std::vector<ClipWork> work = clips_to_do_everywhere(start, study, inputs);
  keep_known(start, study, inputs.known);

  const models::FreedMemoryPolicy returned(models::FreedMemory::returned);
  std::shared_ptr<const void> one_thread;  // of a separator: equal numbers for any number of ranks
  const bool has_encoder = std::ranges::any_of(
      feature_sets(study.experiment),
      [](const config::AudioSet& set) { return features::kind_of(set).computes_with_torch; });
  if (has_encoder || study.experiment.features.ehc.stems.source == config::Stems::Source::torchscript) {
    one_thread = models::hold_batch_threads_late(1);
  }
  const int gpu = start.team.map.roles[start.team.rank()].device;
  features::ClipPreparer preparer(study.experiment.features, gpu);
  std::optional<InputHasher> hasher;
  together(start.team.ranks, "opening the sources of features", [&] {
    open_sources(preparer, inputs.plans, work);
    require_unchanged(study, inputs.plans);
    hasher.emplace(study, inputs.known);
  });
  PartCosts costs(start.run.trace);
  preparer.watch_parts(
      [&](const std::string& part) { return std::make_shared<PartCosts::Span>(costs, "part", part); });
  const PrepareTools tools{preparer, *hasher, costs};
  const FarmWork farm = farm_work(study, inputs.plans, work, study.clips.size() - missing);
  StageResult result = farm_out(start, farm, study.experiment.runtime.keep_going, [&](std::size_t task) {
    prepare_clip(start, study, inputs, work[task], tools);
  });
  keep_known(start, study, inputs.known);
  if (!work.empty()) {
    look_for_shards(start.team.ranks, inputs);  // a task that failed may have made some
    start.run.log.info("this rank's time went to: " + costs.text());
  }
  start.run.log.info("peak memory after preparing: " + peak_memory());
  result.failed += missing;
  return result;
}

void describe_prepared(const Start& start, const Study& study, const std::vector<PreparedFeatures>& prepared,
                       bool trains_next) {
  together(start.team.ranks, "describing the data", [&] {
    if (!start.team.leads()) return;
    if (!trains_next) start.run.directory.describe_inputs(data_hash(study, prepared), /*trains=*/false);
    for (const Finding& finding :
         find_adjusted_clips(adjusted_clips(prepared), study.clips.size(), study.experiment.features.clip))
      start.run.log.warn(finding.text());
  });
}

std::vector<PlannedTask> dry_prepare(const Study& study, const StudyInputs& inputs) {
  std::vector<bool> to_do(study.clips.size(), false);
  for (const ClipWork& work : clips_to_do(inputs, clips_without_kept_audio(study))) to_do[work.clip] = true;
  std::vector<PlannedTask> tasks;
  for (std::size_t clip = 0; clip < study.clips.size(); ++clip) {
    tasks.push_back({prepare_task_name(study.tracks[clip]), !to_do[clip] && inputs.clips[clip].has_audio(),
                     expected_seconds(study, inputs.plans.size())});
  }
  return tasks;
}

}  // namespace musicmem::launcher
