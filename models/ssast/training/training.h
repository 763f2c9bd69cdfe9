// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/protocol/fit_run.h"
#include "models/ssast/spectrogram_input.h"
#include "models/ssast/spectrogram_source.h"
#include "models/ssast/training/replicas.h"
#include "models/tabular/regressor.h"
#include "weights/training_checkpoint.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace musicmem::models {

// What a fit learns from. Rows are those of the spectrogram table.
struct SsastTask {
  std::vector<std::size_t> train;
  std::vector<std::size_t> validation;
  std::vector<double> label;   // by row of the table
  std::vector<double> weight;  // of the loss, by row of the table; empty for all 1
  std::uint64_t seed = 0;
};

// Where the time of a training run went, in seconds; of this rank.
struct SsastTimes {
  double training = 0.0;  // steps, all in all
  double backward = 0.0;  // of these in forward and backward passes
  double waiting_for_reader = 0.0;
  double exchanging = 0.0;  // gradients on their way
  double exchanging_in_backward = 0.0;
  std::int64_t steps = 0;
};

struct SsastOutcome {
  std::vector<CurvePoint> curve;
  std::vector<double> step_losses;  // of the steps of this start
  int bad_steps = 0;                // skipped because something was not finite
  SsastTimes times;
};

// Throws Error where a batch has not a row for each rank of a group.
void require_batch(const config::SsastTraining& settings, int ranks);

// Trains the replicas' model by the mean squared error and leaves the weights of the epoch with the smallest
// validation error in it (of the last epoch where there are no validation rows).
//
// Collective: every rank of the group makes the same steps and ends with the same bits. A batch is
// training.batch rows whatever the size of the group; the loss is its sum over the rows divided by their
// number, so that neither the group's size nor an uneven tail weighs rows differently. Goes on from the
// newest checkpoint of the fit if there is one.
//
// Throws distributed::Interrupted on every rank once any was asked to stop and a checkpoint is written;
// SharedError on every rank with the cause where any of them fails, where the batch is smaller than the group,
// or after training.max_bad_steps losses in a row that were not finite.
SsastOutcome train_ssast(SsastReplicas& replicas, SpectrogramSource& source, const SpectrogramInput& input,
                         const SsastTask& task, const config::SsastSettings& settings, const FitRun& run,
                         const std::optional<weights::TrainingCheckpoint>& resume = std::nullopt);

}  // namespace musicmem::models
