// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/prepared_features.h"

#include "config/error.h"
#include "data/durable_file.h"
#include "data/hash.h"
#include "launcher/together.h"

#include <algorithm>
#include <set>
#include <sstream>

namespace musicmem::launcher {
namespace {

void compact(StageContext& context, const PreparedFeatures& prepared) {
  if (prepared.entries.empty()) {
    const std::vector<Failure> failures = context.run.read_failures();
    throw Error(
        "no clip could be prepared" + (failures.empty() ? "" : ", for example: " + failures.front().problem),
        context.study.experiment.data.audio.string(),
        "all failures are in " + context.run.failures().string());
  }
  if (context.lease != nullptr) context.lease->require_held();
  if (prepared.store.compact(prepared.entries)) {
    context.log.info("compacted " + std::to_string(prepared.entries.size()) + " shards of " +
                     to_string(prepared.store.key().set) + " features");
  }
}

// One line per entry: the feature set's index, the hash, the shard's name.
std::string pack(const std::vector<PreparedFeatures>& prepared) {
  std::vector<std::string> lines;
  for (std::size_t set = 0; set < prepared.size(); ++set) {
    for (const features::StoreEntry& entry : prepared[set].entries) {
      lines.push_back(std::to_string(set) + " " + entry.work_hash + " " + entry.name);
    }
  }
  return pack_lines(lines);
}

std::vector<PreparedFeatures> unpack(const Study& study, const std::string& packed) {
  std::vector<PreparedFeatures> prepared;
  for (const config::FeatureSet set : feature_sets(study.experiment)) {
    const features::StoreKey key = features::store_key(set, study.experiment);
    prepared.push_back({features::FeatureStore(study.experiment.features.store, key), {}});
  }
  for (const std::string& line : unpack_lines(packed)) {
    std::istringstream fields(line);
    std::size_t set = 0;
    features::StoreEntry entry;
    fields >> set >> entry.work_hash;
    std::getline(fields >> std::ws, entry.name);
    prepared.at(set).entries.push_back(entry);
  }
  return prepared;
}

}  // namespace

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

std::vector<PreparedFeatures> find_prepared(const Study& study, const std::vector<Failure>& known_failures,
                                            std::vector<std::string>& unprepared) {
  std::set<std::pair<std::string, std::string>> expected;
  for (const Failure& failure : known_failures) expected.emplace(failure.task, failure.hash);
  std::vector<PreparedFeatures> prepared;
  std::set<std::string> lacking;
  for (const PreparePlan& plan : plan_prepare(study, hash_audio(study))) {
    prepared.push_back({plan.store, {}});
    for (const PrepareTask& task : plan.tasks) {
      const std::string& track = study.tracks[task.clip];
      if (plan.store.shard_state(task.entry) == data::SealState::good) {
        prepared.back().entries.push_back(task.entry);
      } else if (!expected.contains({prepare_task_name(track), task.entry.work_hash})) {
        lacking.insert(track);
      }
    }
  }
  unprepared.assign(lacking.begin(), lacking.end());
  return prepared;
}

std::vector<PreparedFeatures> prepared_everywhere(StageContext& context) {
  return unpack(context.study, from_rank_zero(context.ranks, "compacting the feature store", [&] {
                  std::vector<std::string> unprepared;
                  const auto prepared = find_prepared(context.study, context.run.read_failures(), unprepared);
                  if (!unprepared.empty()) {
                    throw Error(std::to_string(unprepared.size()) + " clip(s) are not prepared, such as " +
                                    unprepared[0],
                                context.study.experiment.features.store.string(),
                                "run `musicmem prepare` or `musicmem run` on the experiment");
                  }
                  for (const PreparedFeatures& features : prepared) compact(context, features);
                  return pack(prepared);
                }));
}

std::string pack_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::vector<std::string> unpack_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace musicmem::launcher
