// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/files/known_files.h"
#include "distributed/communicator.h"
#include "features/sources/side_inputs.h"
#include "launcher/study/plan.h"
#include "launcher/study/start.h"

#include <optional>
#include <vector>

namespace musicmem::launcher {

// Tells what the preparation of clips depends on: the audio's bytes, and of the ehc set what is taken from
// stems and tables. The tables are read once, when the hasher is made.
class InputHasher {
 public:
  // Both outlive this. What is `known` is not read.
  InputHasher(const Study& study, data::KnownFiles& known);
  ClipHashes hash(std::size_t clip) const;

 private:
  const Study& study_;
  data::KnownFiles& known_;
  std::optional<features::SideInputs> beside_;
};

// What a study of audio has to work with, the same on every rank.
struct StudyInputs {
  std::vector<ClipHashes> clips;   // of Study::clips
  std::vector<PreparePlan> plans;  // of each feature set; tasks say whether they are done
  data::KnownFiles known;          // what this rank knows of files
};

// Collective. Reads every input and every shard that is not `known`, each on one of the ranks.
StudyInputs look_at_inputs(distributed::Communicator& ranks, const Study& study, data::KnownFiles known);

// Collective. Looks again which shards are there, once some were made.
void look_for_shards(distributed::Communicator& ranks, StudyInputs& inputs);

// Collective. Sets Study::sets; reads every file of theirs that is not `known`, each on one of the ranks.
void look_at_sets(distributed::Communicator& ranks, Study& study, data::KnownFiles& known);
// For a command that one process does.
void look_at_sets(Study& study);

// For a command that one process does: what the store's inputs.json says is known.
StudyInputs look_at_inputs(const Study& study);

// Collective. Gives every rank what the others have learnt of files, and keeps it for the next start, if that
// can be written.
void keep_known(const Start& start, const Study& study, data::KnownFiles& known);

}  // namespace musicmem::launcher
