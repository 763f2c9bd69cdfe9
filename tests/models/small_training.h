// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/ssast/network/weights.h"
#include "models/ssast/spectrogram_source.h"
#include "models/ssast/training/device.h"
#include "models/ssast/training/training.h"

#include <memory>
#include <optional>

#include "spectrogram_example.h"
#include <ATen/ATen.h>

namespace musicmem::models::testing {

// Trainings of the nano model that take a second, on whatever device and group.
struct Trained {
  SsastOutcome outcome;
  at::Tensor values;  // all weights, flat, on the CPU
  weights::StateDict weights;
};

// Every row, but for each `validate_every`-th, which is for validation; 0 for none of these.
inline SsastTask task_over(const SpectrogramTable& table, std::size_t validate_every = 0) {
  SsastTask task;
  task.seed = 7;
  for (std::size_t row = 0; row < table.sample.size(); ++row) {
    const bool validates = validate_every > 0 && row % validate_every == validate_every - 1;
    (validates ? task.validation : task.train).push_back(row);
    task.label.push_back(table.rows.labels[static_cast<std::size_t>(table.rows.row_track[row])]);
  }
  return task;
}

inline config::SsastSettings nano_settings(int epochs) {
  config::SsastSettings settings;
  settings.size = config::SsastSize::nano;
  settings.training.epochs = epochs;
  settings.training.batch = 8;
  settings.training.learning_rate = 1e-3;
  return settings;
}

inline Trained train(const SpectrogramTable& table, const SsastTask& task,
                     const config::SsastSettings& settings, const FitRun& run,
                     const std::optional<weights::TrainingCheckpoint>& resume = std::nullopt) {
  prepare(run.hardware);
  const auto model = std::make_shared<Ssast>(ssast_shape(settings, 100), 3);
  model->to(device_of(run.hardware));
  SsastReplicas replicas(model, run.threads);
  SpectrogramSource source(table, 1 << 24);
  const SpectrogramInput input(settings.training, 100, SpectrogramStatistics{});
  Trained trained;
  trained.outcome = train_ssast(replicas, source, input, task, settings, run, resume);
  trained.values = replicas.values().to(at::kCPU).clone();
  trained.weights = save_ssast(replicas.model());
  return trained;
}

}  // namespace musicmem::models::testing
