// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/gradients/gradient_averager.h"
#include "models/ssast/training/device.h"
#include "models/ssast/training/replicas.h"
#include "models/ssast/training/spectrogram_reader.h"
#include "models/ssast/training/training.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace musicmem::models {

// The arithmetic of one rank: its share of a batch, split over its replicas.
class SsastStep {
 public:
  SsastStep(SsastReplicas& replicas, const FitHardware& hardware, std::size_t target_length);

  // What a share of a batch is part of.
  struct Whole {
    int epoch = 1;
    std::size_t rows = 0;        // of the whole batch
    std::size_t accumulate = 1;  // backward passes to cut the share into
  };

  // Adds the gradients of this rank's rows; the averager sends them during the last pass. Returns the sum
  // over the rows of weight x (score - label)^2.
  double accumulate(const SpectrogramBatch& share, const SsastTask& task, const Whole& whole,
                    distributed::GradientAverager& averager);

  // One score per row of the batch.
  std::vector<double> predict(const SpectrogramBatch& batch);

 private:
  at::Tensor inputs(const SpectrogramBatch& batch, std::size_t begin, std::size_t end) const;
  at::Tensor head_masks(Ssast& model, const SsastTask& task, int epoch, const std::vector<std::size_t>& rows,
                        std::size_t begin, std::size_t end) const;
  double pass(std::size_t replica, const SpectrogramBatch& share, std::size_t begin, std::size_t end,
              const SsastTask& task, const Whole& whole);

  SsastReplicas& replicas_;
  const FitHardware& hardware_;
  std::size_t target_length_;
  SideBySide threads_;
};

}  // namespace musicmem::models
