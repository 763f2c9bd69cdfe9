// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/features.h"
#include "config/settings/runtime.h"
#include "data/files/event_file.h"
#include "distributed/communicator.h"
#include "weights/training_checkpoint.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace musicmem::models {

class SpectrogramSource;

// What a fit computes on: a CPU, or one GPU of this node.
struct FitHardware {
  int gpu = -1;  // -1: CPU
  config::Precision precision = config::Precision::bf16;
  bool tf32 = true;
  bool deterministic = true;

  bool autocasts() const { return gpu >= 0 && precision == config::Precision::bf16; }
  // How factors of matrix products are rounded: "float32", "tf32" or "bfloat16".
  std::string arithmetic() const {
    if (gpu < 0) return "float32";
    return autocasts() ? "bfloat16" : tf32 ? "tf32" : "float32";
  }
};

// Who trains, on what, and where the fit is kept meanwhile. All that it refers to must outlive the fit.
// Models that train alone look at memory_bytes and open_events only.
struct FitRun {
  distributed::Communicator& group;
  FitHardware hardware = {};
  std::size_t threads = 1;                              // of a CPU rank
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;  // for caches
  SpectrogramSource* spectrograms = nullptr;  // of models that take them; their table is the request's
  std::string pretrained =
      {};  // checksum of the weights to start from; empty where they are not to be checked
  config::Features features = {};  // how what the models take was made
  // Where the leader keeps the fit after every epoch and when it is interrupted; null for nowhere.
  const weights::CheckpointDirectory* checkpoints = nullptr;
  // Called by the leader before each checkpoint: throws CommunicationError where the fit is not its to write.
  std::function<void()> before_saving = {};
  std::function<bool()> stop_requested = {};              // asked at every step
  std::function<void(const std::string& line)> log = {};  // the leader's lines for people
  // Told what this rank waits for within a step, and with an empty text when the wait is over.
  std::function<void(const std::string& what)> waiting_for = {};
  // How long the sums of one step may take, which only the peers' share of the same step can hold up; zero:
  // as long as any wait of the group.
  std::chrono::duration<double> step_deadline{0.0};
  // On the leader: the event file that is told of every epoch from `first_step`
  // on, 0 for a fit that starts anew.
  std::function<std::unique_ptr<data::EventFile>(std::int64_t first_step)> open_events = {};
};

}  // namespace musicmem::models
