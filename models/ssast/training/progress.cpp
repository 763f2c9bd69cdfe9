// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/training/progress.h"

#include "config/error.h"

#include <string>

namespace musicmem::models {
namespace {

// Every field, under its name in the checkpoint, for saving as for loading.
template <typename Progress, typename Counter, typename Number>
void visit(Progress& progress, Counter counter, Number number) {
  counter("epoch", progress.epoch);
  counter("position", progress.position);
  counter("steps", progress.steps);
  counter("optimizer_steps", progress.optimizer_steps);
  counter("bad_in_row", progress.bad_in_row);
  counter("bad_steps", progress.bad_steps);
  counter("plateau_wait", progress.plateau_wait);
  counter("since_best", progress.since_best);
  counter("averaged", progress.averaged);
  number("epoch_loss", progress.epoch_loss);
  number("plateau_factor", progress.plateau_factor);
  number("best_mse", progress.best_mse);
  for (CurvePoint& point : progress.curve) {
    const std::string epoch = std::to_string(point.epoch);
    number("curve." + epoch + ".train_loss", point.train_loss);
    number("curve." + epoch + ".validation_mse", point.validation_mse);
  }
}

template <typename Map>
const auto& entry(const Map& map, const std::string& name) {
  const auto found = map.find(name);
  if (found == map.end()) {
    throw Error("a training checkpoint lacks '" + name + "'", "",
                "remove the run's checkpoints; the fit then starts again");
  }
  return found->second;
}

}  // namespace

void SsastProgress::save(weights::TrainingCheckpoint& checkpoint) const {
  SsastProgress copy = *this;
  checkpoint.step = steps;
  checkpoint.counters["epochs_done"] = static_cast<std::int64_t>(curve.size());
  visit(
      copy, [&](const std::string& name, auto& value) { checkpoint.counters[name] = value; },
      [&](const std::string& name, double& value) { checkpoint.numbers[name] = value; });
}

SsastProgress SsastProgress::load(const weights::TrainingCheckpoint& checkpoint) {
  SsastProgress progress;
  const std::int64_t epochs = entry(checkpoint.counters, "epochs_done");
  for (std::int64_t epoch = 1; epoch <= epochs; ++epoch) {
    progress.curve.push_back({static_cast<int>(epoch), 0.0, 0.0});
  }
  visit(
      progress,
      [&](const std::string& name, auto& value) {
        value = static_cast<std::remove_reference_t<decltype(value)>>(entry(checkpoint.counters, name));
      },
      [&](const std::string& name, double& value) { value = entry(checkpoint.numbers, name); });
  return progress;
}

}  // namespace musicmem::models
