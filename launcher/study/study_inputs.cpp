// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/study_inputs.h"

#include "config/io_error.h"
#include "distributed/local_communicator.h"
#include "distributed/wire.h"
#include "launcher/study/feature_sources.h"
#include "launcher/study/inputs_file.h"
#include "launcher/study/study.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <type_traits>
#include <utility>

namespace musicmem::launcher {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ClipHashes, audio, beside)

namespace {

// Empty for a file that is missing or may not be read.
std::string audio_hash(const std::filesystem::path& audio, data::KnownFiles& known) {
  try {
    return audio.empty() ? "" : known.checksum(audio);
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    return "";
  }
}

// work(i) of every i below `count`, each from one of the ranks.
template <class Work>
auto spread(distributed::Communicator& ranks, const std::string& what, std::size_t count, const Work& work) {
  using Results = std::vector<std::invoke_result_t<const Work&, std::size_t>>;
  const auto size = static_cast<std::size_t>(ranks.size());
  Results mine;
  together(ranks, what, [&] {
    for (auto i = static_cast<std::size_t>(ranks.rank()); i < count; i += size) mine.push_back(work(i));
  });
  const std::vector<Results> parts = distributed::all_gather(ranks, mine, what);
  Results all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(parts[i % size].at(i / size));
  return all;
}

std::vector<ClipHashes> hash_clips(distributed::Communicator& ranks, const Study& study,
                                   data::KnownFiles& known) {
  std::optional<InputHasher> hasher;
  together(ranks, "reading the tables beside the audio", [&] { hasher.emplace(study, known); });
  return spread(ranks, "reading the checksums of the audio", study.clips.size(),
                [&](std::size_t clip) { return hasher->hash(clip); });
}

// What the store says is known.
data::KnownFiles known_files(const Study& study) {
  std::string ignored;
  return data::KnownFiles(read_inputs_file(inputs_file(study.experiment.features.store), ignored));
}

}  // namespace

InputHasher::InputHasher(const Study& study, data::KnownFiles& known) : study_(study), known_(known) {
  if (!study.clips.empty() && has_side_inputs(study.experiment))
    beside_.emplace(study.experiment.features.ehc, study.experiment.features.clip);
}

ClipHashes InputHasher::hash(std::size_t clip) const {
  ClipHashes hashes{audio_hash(study_.clips[clip].audio, known_), ""};
  if (beside_ && !hashes.audio.empty()) {
    hashes.beside = beside_->hash(study_.clips[clip].name, study_.experiment.augment.pitch_semitones, known_);
  }
  return hashes;
}

StudyInputs look_at_inputs(distributed::Communicator& ranks, const Study& study, data::KnownFiles known) {
  StudyInputs inputs{{}, {}, std::move(known)};
  inputs.clips = hash_clips(ranks, study, inputs.known);
  together(ranks, "planning what to prepare", [&] { inputs.plans = plan_prepare(study, inputs.clips); });
  look_for_shards(ranks, inputs);
  return inputs;
}

void look_for_shards(distributed::Communicator& ranks, StudyInputs& inputs) {
  for (PreparePlan& plan : inputs.plans) {
    const std::vector<data::SealState> states = spread(
        ranks, "looking for prepared clips", plan.tasks.size(),
        [&](std::size_t task) { return plan.store.shard_state(plan.tasks[task].entry, inputs.known); });
    for (std::size_t task = 0; task < states.size(); ++task)
      plan.tasks[task].is_done = states[task] == data::SealState::good;
  }
}

StudyInputs look_at_inputs(const Study& study) {
  distributed::LocalCommunicator alone;
  return look_at_inputs(alone, study, known_files(study));
}

void look_at_sets(distributed::Communicator& ranks, Study& study, data::KnownFiles& known) {
  const std::vector<std::string> sets = sets_from_files(study.experiment);
  if (sets.empty()) return;
  std::vector<std::filesystem::path> files;
  together(ranks, "looking for feature sets", [&] {
    for (const std::string& set : sets) {
      for (std::filesystem::path& file : open_set(study, set).files(true)) files.push_back(std::move(file));
    }
  });
  const std::vector<std::string> checksums =
      spread(ranks, "reading the checksums of feature sets", files.size(),
             [&](std::size_t file) { return known.checksum(files[file]); });
  SetChecksums all;
  for (std::size_t file = 0; file < files.size(); ++file) all[files[file]] = checksums[file];
  for (const std::string& set : sets) study.sets[set] = content_of_set(study, set, all);
}

void look_at_sets(Study& study) {
  distributed::LocalCommunicator alone;
  data::KnownFiles known = known_files(study);
  look_at_sets(alone, study, known);
}

void keep_known(const Start& start, const Study& study, data::KnownFiles& known) {
  data::KnownFiles::Entries news;
  for (auto& of_rank :
       distributed::all_gather(start.team.ranks, known.take_news(), "sharing what is known of files")) {
    news.merge(of_rank);
  }
  known.add(news);
  if (!start.team.leads() || news.empty()) return;
  const std::filesystem::path store = study.experiment.features.store;
  start.run.log.attempt("inputs.json", [&] { add_to_inputs_file(inputs_file(store), news); });
}

}  // namespace musicmem::launcher
