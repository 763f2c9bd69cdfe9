// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/communicator.h"
#include "models/ssast/training/optimizer.h"
#include "models/ssast/training/progress.h"
#include "models/ssast/training/replicas.h"
#include "weights/training_checkpoint.h"

#include <cstdint>
#include <string>
#include <vector>

namespace musicmem::models {

// All that changes while SSAST learns, besides the weights themselves.
class SsastState {
 public:
  SsastState(SsastReplicas& replicas, const config::SsastSettings& settings);

  SsastProgress progress;
  FlatAdam adam;
  at::Tensor average;  // of the weights over epochs, flat
  at::Tensor best;     // weights of the smallest validation error, flat

  // The state and the weights as a checkpoint; `data_order` of the current epoch.
  weights::TrainingCheckpoint checkpoint(const std::vector<std::size_t>& data_order) const;
  void restore(const weights::TrainingCheckpoint& checkpoint);

  // Collective: the leader's progress on every rank; then its other state and
  // all its weights, frozen ones too.
  void share_progress(distributed::Communicator& group);
  void share_weights(distributed::Communicator& group);

 private:
  struct Flat {
    const char* name;
    at::Tensor values;
  };
  std::vector<Flat> flat_tensors() const;

  SsastReplicas* replicas_;
};

}  // namespace musicmem::models
