// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/ssast_shape.h"
#include "weights/pth_file.h"

#include <memory>
#include <span>
#include <string>

namespace musicmem::models {

// What the predictor needs to hear of a study's model besides its tensors; empty for most.
weights::Remarks ssast_remarks(const SsastShape& shape, config::SsastInput input, config::Pooling segments);

// A fine-tuned SSAST that predicts from its checkpoint alone, one made by this program or in Python. Size,
// patches, grid and head are told from the tensors; a grid of at most a second means a model of segments.
// What tensors do not tell is read from remarks of the file, if it has any: `pooling` of tokens (avgtok,
// cls), `input` (clip, segment), `segments` (mean, max: how a clip is scored from its segments), `fbank_mean`
// and `fbank_deviation` (AudioSet's otherwise). Computes on one thread, so that scores are the same
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
  // Takes the one-second segments of a clip, whose nine scores are pooled.
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
