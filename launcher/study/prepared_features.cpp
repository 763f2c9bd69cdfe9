// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/prepared_features.h"

#include "config/counted.h"
#include "config/error.h"
#include "data/files/hash.h"
#include "distributed/wire.h"
#include "features/feature_set.h"
#include "launcher/study/study.h"

#include <filesystem>
#include <ranges>
#include <set>

#include <fmt/ranges.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

// Other models' fits are made anew by themselves: their hashes follow from the values.
void warn_of_predecessor(RunLog& log, const PreparedFeatures& prepared) {
  const fs::path replacement = prepared.store.features_path(prepared.entries);
  std::string text = prepared.store.predecessor_path().string() +
                     " holds other values than its shards, as a write to it had failed; " +
                     replacement.filename().string() + " replaces it";
  if (features::kind_of(prepared.store.key().set).is_spectrogram)
    text += "; --fresh makes ssast's fits anew, which may have used it";
  log.warn(text);
}

// On rank 0, which holds what it compacts.
void compact(const HeldRun& run, const Study& study, const PreparedFeatures& prepared,
             data::KnownFiles& known) {
  if (prepared.entries.empty()) {
    const std::vector<Failure> failures = run.directory.read_failures();
    throw Error(
        "no clip could be prepared" + (failures.empty() ? "" : ", for example: " + failures.front().problem),
        study.experiment.data.audio.string(), "all failures are in " + run.directory.failures().string());
  }
  run.claim.require_held();
  const Trace::Span span(run.trace, "io", "compact the feature store");
  if (prepared.store.compact(prepared.entries, known)) {
    run.log.info("compacted " + std::to_string(prepared.entries.size()) + " shards of " +
                 to_string(prepared.store.key().set) + " features");
  }
  if (prepared.store.has_damaged_predecessor(prepared.entries)) warn_of_predecessor(run.log, prepared);
  prepared.store.remove_unused(prepared.entries);
}

[[noreturn]] void refuse_unprepared(const Study& study, const std::vector<std::string>& tracks) {
  const auto sets = feature_sets(study.experiment);
  const auto name = [](const config::AudioSet& set) { return to_string(set); };
  throw Error(
      fmt::format("{} not prepared, such as {}; the models need features: {}", counted(tracks.size(), "clip"),
                  tracks[0], fmt::join(sets | std::views::transform(name), ", ")),
      study.experiment.features.store.string(), "run `musicmem prepare` or `musicmem run` on the experiment");
}

}  // namespace

std::vector<PreparedFeatures> prepared_features(const StudyInputs& inputs) {
  std::vector<PreparedFeatures> prepared;
  for (const PreparePlan& plan : inputs.plans) {
    PreparedFeatures& features = prepared.emplace_back(PreparedFeatures{plan.store, {}});
    for (const PrepareTask& task : plan.tasks) {
      if (!task.is_done) continue;
      features.entries.push_back(task.entry);
      features.audio.push_back(inputs.clips[task.clip].audio);
    }
  }
  return prepared;
}

std::vector<std::string> unprepared_tracks(const Study& study, const StudyInputs& inputs,
                                           const std::vector<Failure>& known_failures) {
  std::set<std::pair<std::string, std::string>> expected;
  for (const Failure& failure : known_failures) expected.emplace(failure.task, failure.hash);
  const std::vector<std::string> hashes = clip_hashes(inputs.plans, study.clips.size());
  std::set<std::string> lacking;
  for (const PreparePlan& plan : inputs.plans) {
    for (const PrepareTask& task : plan.tasks) {
      const std::string& track = study.tracks[task.clip];
      if (!task.is_done && !expected.contains({prepare_task_name(track), hashes[task.clip]}))
        lacking.insert(track);
    }
  }
  return {lacking.begin(), lacking.end()};
}

void open_tables(std::vector<PreparedFeatures>& prepared, data::KnownFiles& known) {
  for (PreparedFeatures& features : prepared) {
    if (!features.table) features.table = features.store.open(features.entries, known);
  }
}

void open_tables(const Start& start, std::vector<PreparedFeatures>& prepared, data::KnownFiles& known) {
  together(start.team.ranks, "opening the features", [&] {
    const Trace::Span span(start.run.trace, "io", "open the features");
    open_tables(prepared, known);
  });
}

std::vector<PreparedFeatures> compact_prepared(const Start& start, const Study& study, StudyInputs& inputs) {
  std::vector<PreparedFeatures> prepared = prepared_features(inputs);
  from_rank_zero(start.team.ranks, "compacting the feature store", [&] {
    const auto unprepared = unprepared_tracks(study, inputs, start.run.directory.read_failures());
    if (!unprepared.empty()) refuse_unprepared(study, unprepared);
    for (PreparedFeatures& features : prepared) {
      features.hold = std::make_shared<const data::HoldFile>(features.store.features_path(features.entries));
      compact(start.run, study, features, inputs.known);
    }
    open_tables(prepared, inputs.known);
  });
  keep_known(start, study, inputs.known);
  return prepared;
}

std::string data_hash(const Study& study, const std::vector<PreparedFeatures>& prepared) {
  data::Hasher hasher;
  for (const std::string& track : study.tracks) hasher.add(track);
  hasher.add(study.labels);
  if (study.experiment.data.from_table()) hasher.add(table_hash(study.table, /*augmented=*/true));
  for (const auto& [name, content] : study.sets) hasher.add(name).add(content.all);
  for (const PreparedFeatures& features : prepared) {
    hasher.add(to_string(features.store.key().set));
    for (const features::StoreEntry& entry : features.entries) hasher.add(entry.name).add(entry.work_hash);
  }
  return hasher.hex();
}

}  // namespace musicmem::launcher
