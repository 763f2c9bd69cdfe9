// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/late_function.h"
#include "models/ssast/reading.h"
#include "weights/pth_file.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace musicmem::models {

// How far each value of an input moved the score from that of a baseline.
struct Attribution {
  std::vector<double> values;  // one per value of the input
  double score = 0.0;          // of the input
  double base = 0.0;           // of the baseline
};

// The network of a checkpoint. Takes raw log-mel, [frames, 128], of what it hears at once: cut or padded with
// zeros to its target length, then normalised as its reading says. Computes on one thread.
class SsastScorer {
 public:
  virtual ~SsastScorer() = default;

  virtual const std::vector<std::string>& unused() const = 0;  // tensors of the file that it has no place for
  virtual double score(std::span<const float> fbank) const = 0;
  // integrated_gradients() of that score.
  virtual Attribution attribute(std::span<const float> fbank, std::span<const float> baseline,
                                int points) const = 0;
};

// load_network_scorer() of network_scorer.h.
inline constinit LateFunction<std::unique_ptr<SsastScorer>(const weights::PthFile& file,
                                                           const SsastReading& reading)>
    load_ssast_scorer_late;

}  // namespace musicmem::models
