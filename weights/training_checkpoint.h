// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "weights/state_dict.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

// What a training run needs to go on where it stopped, as if nothing had happened.
//
// The file is a PyTorch archive with a seal behind it (data/files/sealed_file.h), so that Python's torch.load reads
// it too: a dict of `format`, `version`, `step`, `model`, `optimizer`, `data_order`, `counters`, `numbers`,
// `texts`.
namespace musicmem::weights {

struct TrainingCheckpoint {
  std::int64_t step = 0;                         // training steps done
  StateDict model;                               // weights under their names
  StateDict optimizer;                           // such as "exp_avg.<parameter>"
  std::vector<std::int64_t> data_order;          // of the current epoch
  std::map<std::string, std::int64_t> counters;  // epoch, position in it, group size, threads, ...
  std::map<std::string, double> numbers;         // schedule, best validation loss, ...
  std::map<std::string, std::string> texts;      // states of generators, ...
};

// The last checkpoints of one fit, `step-<number>.ckpt` in a directory of their own. Two are kept, so that
// one that is damaged or half a step wrong can be passed over. One process at a time writes.
class CheckpointDirectory {
 public:
  // `work_hash` names the fit: checkpoints of another one are ignored.
  CheckpointDirectory(std::filesystem::path directory, std::string work_hash);

  // Durable when it returns; then all but the last two are removed. Throws Error where the disk does not take
  // it.
  void save(const TrainingCheckpoint& checkpoint) const;

  // The newest one that is whole and of this fit; what was passed over is added to `problems`, a line each.
  // Throws IoError where one cannot be read: it may be whole.
  std::optional<TrainingCheckpoint> load_newest(std::vector<std::string>* problems = nullptr) const;

  // Removes the directory and all in it: the fit is finished.
  void remove() const;

 private:
  std::filesystem::path directory_;
  std::string work_hash_;
};

// Reads one checkpoint file. Throws Error if it is damaged or of another format.
TrainingCheckpoint read_training_checkpoint(const std::filesystem::path& path);

// True where the file is a training checkpoint by its seal.
bool is_training_checkpoint(const std::filesystem::path& path);

}  // namespace musicmem::weights
