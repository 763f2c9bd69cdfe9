// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/prepared_features.h"

#include "config/counted.h"
#include "config/io_error.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "distributed/wire.h"

#include <algorithm>
#include <filesystem>
#include <ranges>
#include <set>

#include <fmt/ranges.h>

namespace musicmem::features {
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StoreEntry, name, work_hash)
}

namespace musicmem::launcher {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ClipHashes, audio, beside)

namespace {

namespace fs = std::filesystem;

// Other models' fits are made anew by themselves: their hashes follow from the values.
void warn_of_predecessor(RunLog& log, const PreparedFeatures& prepared) {
  const fs::path replacement = prepared.store.features_path(prepared.entries);
  std::string text = prepared.store.predecessor_path().string() +
                     " holds other values than its shards, as a write to it had failed; " +
                     replacement.filename().string() + " replaces it";
  if (prepared.store.key().set == config::FeatureSet::fbank)
    text += "; --fresh makes ssast's fits anew, which may have used it";
  log.warn(text);
}

// On rank 0, which holds what it compacts.
void compact(const HeldRun& run, const Study& study, const PreparedFeatures& prepared) {
  if (prepared.entries.empty()) {
    const std::vector<Failure> failures = run.directory.read_failures();
    throw Error(
        "no clip could be prepared" + (failures.empty() ? "" : ", for example: " + failures.front().problem),
        study.experiment.data.audio.string(), "all failures are in " + run.directory.failures().string());
  }
  run.claim.require_held();
  const Trace::Span span(run.trace, "io", "compact the feature store");
  if (prepared.store.compact(prepared.entries)) {
    run.log.info("compacted " + std::to_string(prepared.entries.size()) + " shards of " +
                 to_string(prepared.store.key().set) + " features");
  }
  if (prepared.store.has_damaged_predecessor(prepared.entries)) warn_of_predecessor(run.log, prepared);
  prepared.store.remove_unused(prepared.entries);
}

// Empty for a file that is missing or may not be read.
std::string audio_hash(const std::filesystem::path& audio) {
  try {
    return audio.empty() ? "" : data::checksum(data::read_file(audio));
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    return "";
  }
}

bool uses_ehc(const config::Experiment& experiment) {
  const auto sets = feature_sets(experiment);
  return std::find(sets.begin(), sets.end(), config::FeatureSet::ehc) != sets.end();
}

}  // namespace

InputHasher::InputHasher(const Study& study) : study_(study) {
  if (!study.clips.empty() && uses_ehc(study.experiment)) beside_.emplace(study.experiment.features.ehc);
}

ClipHashes InputHasher::hash(std::size_t clip) const {
  ClipHashes hashes{audio_hash(study_.clips[clip].audio), ""};
  if (beside_ && !hashes.audio.empty()) {
    hashes.beside = beside_->hash(study_.clips[clip].name, study_.experiment.augment.pitch_semitones);
  }
  return hashes;
}

std::vector<ClipHashes> hash_inputs(const Study& study) {
  const InputHasher hasher(study);
  std::vector<ClipHashes> hashes;
  for (std::size_t clip = 0; clip < study.clips.size(); ++clip) hashes.push_back(hasher.hash(clip));
  return hashes;
}

std::vector<ClipHashes> hash_inputs_everywhere(distributed::Communicator& ranks, const Study& study) {
  return from_rank_zero(ranks, "reading the checksums of the audio", [&] { return hash_inputs(study); });
}

std::vector<PreparedFeatures> find_prepared(const Study& study, const std::vector<Failure>& known_failures,
                                            std::vector<std::string>& unprepared) {
  std::set<std::pair<std::string, std::string>> expected;
  for (const Failure& failure : known_failures) expected.emplace(failure.task, failure.hash);
  std::vector<PreparedFeatures> prepared;
  std::set<std::string> lacking;
  const std::vector<ClipHashes> inputs = hash_inputs(study);
  const std::vector<PreparePlan> plans = plan_prepare(study, inputs);
  const std::vector<std::string> hashes = clip_hashes(plans, study.clips.size());
  for (const PreparePlan& plan : plans) {
    prepared.push_back({plan.store, {}});
    for (const PrepareTask& task : plan.tasks) {
      const std::string& track = study.tracks[task.clip];
      if (plan.store.shard_state(task.entry) == data::SealState::good) {
        prepared.back().entries.push_back(task.entry);
        prepared.back().audio.push_back(inputs[task.clip].audio);
      } else if (!expected.contains({prepare_task_name(track), hashes[task.clip]})) {
        lacking.insert(track);
      }
    }
  }
  unprepared.assign(lacking.begin(), lacking.end());
  return prepared;
}

void open_tables(std::vector<PreparedFeatures>& prepared) {
  for (PreparedFeatures& features : prepared) features.table = features.store.open(features.entries);
}

std::vector<PreparedFeatures> prepared_everywhere(const Start& start, const Study& study) {
  std::vector<std::shared_ptr<const data::HoldFile>> holds;
  using Clips = std::pair<std::vector<features::StoreEntry>, std::vector<std::string>>;
  const auto clips_of_sets = from_rank_zero(start.team.ranks, "compacting the feature store", [&] {
    std::vector<std::string> unprepared;
    const auto found = find_prepared(study, start.run.directory.read_failures(), unprepared);
    if (!unprepared.empty()) {
      const auto sets = feature_sets(study.experiment);
      const auto name = [](config::FeatureSet set) { return to_string(set); };
      throw Error(fmt::format("{} not prepared, such as {}; the models need features: {}",
                              counted(unprepared.size(), "clip"), unprepared[0],
                              fmt::join(sets | std::views::transform(name), ", ")),
                  study.experiment.features.store.string(),
                  "run `musicmem prepare` or `musicmem run` on the experiment");
    }
    std::vector<Clips> clips;
    for (const PreparedFeatures& features : found) {
      holds.push_back(std::make_shared<const data::HoldFile>(features.store.features_path(features.entries)));
      compact(start.run, study, features);
      clips.emplace_back(features.entries, features.audio);
    }
    return clips;
  });
  std::vector<PreparedFeatures> prepared;
  for (const config::FeatureSet set : feature_sets(study.experiment)) {
    const auto& [entries, audio] = clips_of_sets.at(prepared.size());
    const features::FeatureStore store(study.experiment.features.store,
                                       features::store_key(set, study.experiment));
    prepared.push_back({store, entries, audio});
  }
  for (std::size_t set = 0; set < holds.size(); ++set) prepared[set].hold = holds[set];
  return prepared;
}

std::string data_hash(const Study& study, const std::vector<PreparedFeatures>& prepared) {
  data::Hasher hasher;
  for (const std::string& track : study.tracks) hasher.add(track);
  hasher.add(study.labels);
  if (study.experiment.data.from_table()) hasher.add(table_hash(study.table, /*augmented=*/true));
  for (const PreparedFeatures& features : prepared) {
    hasher.add(to_string(features.store.key().set));
    for (const features::StoreEntry& entry : features.entries) hasher.add(entry.name).add(entry.work_hash);
  }
  return hasher.hex();
}

}  // namespace musicmem::launcher
