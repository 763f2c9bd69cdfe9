// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/ssast_shape.h"
#include "weights/pth_file.h"

#include <memory>
#include <span>
#include <string>

namespace musicmem::models {

// How log-mel values enter the model: (x - mean) / (2 deviation). By default the statistics of AudioSet,
// which pre-training used.
struct FbankStatistics {
  double mean = -4.2677393;
  double deviation = 4.5689974;
};

// A fine-tuned SSAST that predicts from its checkpoint alone, one made by this program or in Python. Size,
// patches, grid and head are told from the tensors; a study's own file adds its pooling of tokens and
// statistics as remarks
// (`pooling`, `fbank_mean`, `fbank_deviation`). Computes on one thread, so that scores are the same
// everywhere.
class SsastPredictor {
 public:
  // Throws Error where the file holds no SSAST with a head of one output, or lacks a weight.
  explicit SsastPredictor(const weights::PthFile& file);
  ~SsastPredictor();
  SsastPredictor(SsastPredictor&&) noexcept;
  SsastPredictor& operator=(SsastPredictor&&) noexcept;

  const SsastShape& shape() const;
  const std::string& description() const;  // for people

  // Sound that the model takes at once.
  double seconds() const;
  // Trained on the one-second segments of clips (remark `input`: segment): a clip's score is the mean over
  // its nine.
  bool by_segment() const;

  // The score of a clip's raw log-mel [frames, 128]; what the model takes is cut or padded with zeros to its
  // target length.
  double predict(std::span<const float> fbank) const;

 private:
  double score(std::span<const float> fbank) const;

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace musicmem::models
