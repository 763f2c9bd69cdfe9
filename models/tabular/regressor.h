// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/files/event_file.h"
#include "data/matrix.h"
#include "weights/state_file.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::config {
struct ModelSpec;
}

namespace musicmem::models {

struct Background;
struct Coalitions;
class KernelCache;

// Rows to train on or to stop by. `x` is normalised; `y` and `track` have one entry per row of x.
struct TrainingSet {
  data::Matrix x;
  std::vector<double> y;            // labels
  std::vector<int> track;           // rows of one track have the same number and label
  std::vector<double> row_weights;  // of the loss, mean 1; empty for all equal
  bool augmented = false;           // holds pitch-shifted rows

  std::size_t rows() const { return y.size(); }
};

// One epoch of an iterative fit, from 1.
struct CurvePoint {
  int epoch = 0;
  double train_loss = 0.0;      // mean over the epoch's rows, dropout on
  double validation_mse = 0.0;  // per row, dropout off
};

// What a fit may use of the machine. Results do not depend on it.
struct FitLimits {
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;  // for caches
  data::EventFile* events = nullptr;                    // told how training goes on; may be null
  KernelCache* kernels = nullptr;                       // of fits on the same rows; may be null
};

// One model: fitted once, then it predicts.
class Regressor {
 public:
  virtual ~Regressor() = default;

  // `validation` may be empty unless the model stops early; `seed` is used by models with randomness only.
  // Throws Error if nothing sensible can be learned from the rows.
  virtual void fit(const TrainingSet& train, const TrainingSet& validation, std::uint64_t seed) = 0;

  // One score per row of x, which has the columns of the training rows; never clipped. A row's score does not
  // depend on the other rows (but for `random`, which gives every row its own draw).
  virtual std::vector<double> predict(const data::Matrix& x) const = 0;

  // Adds all that load_regressor needs. What is loaded predicts the same bits.
  virtual void save(weights::StateFile& state) const = 0;

  // The number of features of a row; empty for models that do not look at them.
  virtual std::optional<std::size_t> inputs() const { return std::nullopt; }

  // The score's change per unit of each (normalised) feature, where the score is linear in them.
  virtual std::optional<std::vector<double>> linear_slope() const { return std::nullopt; }

  // The mean score over the background of each row of x mixed with it: features of a coalition from the row,
  // the others from the background. [rows, coalitions]; the models' own forms give this one's values, sooner.
  virtual data::Matrix coalition_scores(const data::Matrix& x, const Coalitions& coalitions,
                                        const Background& background) const;

  // One point per epoch; empty for models without epochs.
  virtual std::vector<CurvePoint> training_curve() const { return {}; }
};

std::unique_ptr<Regressor> make_regressor(const config::ModelSpec& model, const FitLimits& limits = {});

// From what save() wrote. Throws Error if the file lacks something or is of no model on tables.
std::unique_ptr<Regressor> load_regressor(const weights::StateFile& state);

}  // namespace musicmem::models
