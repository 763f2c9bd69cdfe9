// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "data/durable_file.h"
#include "data/hash.h"
#include "data/segment_table.h"
#include "features/audio.h"
#include "features/prepare_clip.h"
#include "launcher/farm_out.h"
#include "launcher/together.h"

#include <algorithm>
#include <optional>
#include <sstream>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

// Checksums of the clips' bytes; "" for a file that is missing or cannot be read.
std::vector<std::string> hash_audio(const Study& study) {
  std::vector<std::string> hashes;
  for (const StudyClip& clip : study.clips) {
    try {
      hashes.push_back(clip.audio.empty() ? "" : data::checksum(data::read_file(clip.audio)));
    } catch (const Error&) {
      hashes.emplace_back();
    }
  }
  return hashes;
}

// A clip that needs work, and for which of the plans.
struct ClipWork {
  std::size_t clip = 0;
  std::vector<std::size_t> plans;
};

bool is_current(const PreparePlan& plan, const PrepareTask& task) {
  return plan.store.shard_state(task.entry) == data::SealState::good;
}

// Clips with a shard that is not good in some plan, in study order.
std::vector<ClipWork> clips_to_do(const Study& study, const std::vector<PreparePlan>& plans) {
  std::vector<ClipWork> work(study.clips.size());
  for (std::size_t p = 0; p < plans.size(); ++p) {
    for (const PrepareTask& task : plans[p].tasks) {
      if (!is_current(plans[p], task)) work[task.clip].plans.push_back(p);
    }
  }
  for (std::size_t clip = 0; clip < work.size(); ++clip) work[clip].clip = clip;
  std::erase_if(work, [](const ClipWork& entry) { return entry.plans.empty(); });
  return work;
}

// Lists as text, to send from rank 0 to all.
std::string pack(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::vector<std::string> unpack(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<ClipWork> clips_to_do_everywhere(StageContext& context, const std::vector<PreparePlan>& plans) {
  const std::string packed = from_rank_zero(context.ranks, "looking for prepared clips", [&] {
    for (const PreparePlan& plan : plans) {
      plan.store.create();
      data::remove_stale_temporaries(plan.store.directory());
    }
    std::vector<std::string> lines;
    for (const ClipWork& work : clips_to_do(context.study, plans)) {
      std::string line = std::to_string(work.clip);
      for (const std::size_t plan : work.plans) line += " " + std::to_string(plan);
      lines.push_back(line);
    }
    return pack(lines);
  });
  std::vector<ClipWork> result;
  for (const std::string& line : unpack(packed)) {
    std::istringstream fields(line);
    ClipWork work;
    fields >> work.clip;
    for (std::size_t plan = 0; fields >> plan;) work.plans.push_back(plan);
    result.push_back(work);
  }
  return result;
}

const PrepareTask& task_of(const PreparePlan& plan, std::size_t clip) {
  return *std::find_if(plan.tasks.begin(), plan.tasks.end(),
                       [&](const PrepareTask& task) { return task.clip == clip; });
}

void keep_shifted_audio(const Study& study, std::size_t clip, const features::PitchVariants& variants) {
  for (std::size_t v = 1; v < variants.semitones.size(); ++v) {
    const fs::path folder =
        study.experiment.data.audio.parent_path() / data::augment_type(variants.semitones[v]);
    features::write_wav(folder / study.tracks[clip], variants.samples[v], features::study_rate);
  }
}

void prepare_clip(const Study& study, const std::vector<PreparePlan>& plans, const ClipWork& work,
                  features::ClipPreparer& preparer) {
  const features::ClipAudio audio = features::read_clip(study.clips[work.clip].audio);
  const auto variants = features::make_pitch_variants(audio, study.experiment.augment.pitch_semitones);
  if (study.experiment.augment.keep_audio) keep_shifted_audio(study, work.clip, variants);
  for (const std::size_t p : work.plans) {
    features::PreparedClip clip{study.tracks[work.clip], audio.adjustment(), variants.semitones,
                                preparer.extract(plans[p].store.key().set, variants)};
    plans[p].store.commit_shard(task_of(plans[p], work.clip).entry, clip);
  }
}

// Errors of a clip name its track, not the place of the file, which differs from machine to machine.
void name_track_in_errors(const std::string& track, const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    throw Error(error.problem(), track, error.advice());
  }
}

FarmWork farm_work(const Study& study, const std::vector<PreparePlan>& plans,
                   const std::vector<ClipWork>& work, std::size_t present) {
  FarmWork farm;
  farm.stage = "prepare";
  farm.on_disk = present - work.size();
  for (const ClipWork& clip : work) {
    farm.names.push_back(prepare_task_name(study.tracks[clip.clip]));
    farm.hashes.push_back(task_of(plans[clip.plans[0]], clip.clip).entry.work_hash);
    farm.costs.push_back(static_cast<double>(clip.plans.size()));
  }
  return farm;
}

// Labels whose audio is missing fail without a task. Returns their number; rank 0 records them.
std::size_t fail_missing_audio(StageContext& context, const std::vector<std::string>& hashes) {
  std::size_t missing = 0;
  for (std::size_t clip = 0; clip < hashes.size(); ++clip) {
    if (!hashes[clip].empty()) continue;
    ++missing;
    if (context.ranks.rank() != 0) continue;
    const std::string problem =
        context.study.tracks[clip] +
        ": has a label but no readable audio file; add the file to data.audio or remove the label";
    context.run.record_failure({prepare_task_name(context.study.tracks[clip]), "", problem});
    context.log.error("failed prepare " + problem);
  }
  return missing;
}

// Compacts what is good of every plan, on rank 0 while the others wait.
void compact_everywhere(StageContext& context, const std::vector<PreparePlan>& plans) {
  from_rank_zero(context.ranks, "compacting the feature store", [&] {
    for (const PreparePlan& plan : plans) {
      std::vector<features::StoreEntry> entries;
      for (const PrepareTask& task : plan.tasks) {
        if (is_current(plan, task)) entries.push_back(task.entry);
      }
      if (entries.empty()) {
        const std::vector<Failure> failures = context.run.read_failures();
        throw Error("no clip could be prepared, for example " +
                        (failures.empty() ? "none was found" : failures.front().problem),
                    context.study.experiment.data.audio.string(),
                    "all are in " + context.run.failures().string());
      }
      if (context.lease != nullptr) context.lease->require_held();
      if (plan.store.compact(entries)) {
        context.log.info("compacted " + std::to_string(entries.size()) + " shards of " +
                         to_string(plan.store.key().set) + " features");
      }
    }
    return std::string();
  });
}

}  // namespace

StageResult prepare_stage(StageContext& context) {
  const Study& study = context.study;
  const std::vector<std::string> hashes = unpack(from_rank_zero(
      context.ranks, "reading the audio's checksums", [&] { return pack(hash_audio(study)); }));
  const std::vector<PreparePlan> plans = plan_prepare(study, hashes);
  const std::size_t missing = fail_missing_audio(context, hashes);
  const std::vector<ClipWork> work = clips_to_do_everywhere(context, plans);

  features::ClipPreparer preparer(study.experiment.features);
  const FarmWork farm = farm_work(study, plans, work, study.clips.size() - missing);
  StageResult result = farm_out(context, farm, [&](std::size_t task) {
    name_track_in_errors(study.tracks[work[task].clip],
                         [&] { prepare_clip(study, plans, work[task], preparer); });
  });
  result.failed += missing;
  if (!result.interrupted) compact_everywhere(context, plans);
  return result;
}

std::vector<PlannedTask> dry_prepare(const Study& study) {
  const auto plans = plan_prepare(study, hash_audio(study));
  std::vector<bool> to_do(study.clips.size(), false);
  for (const ClipWork& work : clips_to_do(study, plans)) to_do[work.clip] = true;
  std::vector<PlannedTask> tasks;
  for (std::size_t clip = 0; clip < study.clips.size(); ++clip) {
    tasks.push_back(
        {prepare_task_name(study.tracks[clip]), !to_do[clip] && !study.clips[clip].audio.empty()});
  }
  return tasks;
}

}  // namespace musicmem::launcher
