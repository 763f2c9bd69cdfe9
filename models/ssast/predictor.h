// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/protocol/predictor.h"
#include "models/ssast/scorer.h"
#include "weights/pth_file.h"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace musicmem::models {

// How far each value of a clip's log-mel moved its score from that of a baseline; they sum to score - base up
// to the error of the integral.
struct SpectrogramAttribution {
  std::vector<double> values;  // [frames, 128]; 0 for frames that the model does not hear
  double score = 0.0;
  double base = 0.0;

  double gap() const;  // by how much they miss it
};

// A fine-tuned SSAST that predicts from its checkpoint alone, one made by this program or in Python, read as
// ssast_reading.h says. Computes on one thread, so that scores are the same everywhere.
class SsastPredictor : public Predictor {
 public:
  // Throws Error as read_ssast does, or where the file lacks a weight.
  explicit SsastPredictor(const weights::PthFile& file, const SsastAnswers& answers = {});

  const SsastShape& shape() const { return reading_.shape; }
  const SsastReading& reading() const { return reading_; }

  std::string_view kind() const override;
  std::vector<std::string> feature_sets() const override { return {to_string(config::FeatureSet::fbank)}; }
  std::map<std::string, std::string> feature_settings() const override;
  double predict(const ClipFeatures& clip) const override;
  std::string reading_text() const override { return reading_.taken(); }
  std::vector<std::string> warnings() const override;
  bool is_control() const override { return reading_.is_control; }

  // The score of a clip's raw log-mel [frames, 128]; what the model takes is cut or padded with zeros to its
  // target length.
  double predict(std::span<const float> fbank) const;

  // Why: integrated gradients of that score, taken at `points` places between the clip and one with the
  // spectrum `baseline` [128] in every frame.
  SpectrogramAttribution attribute(std::span<const float> fbank, std::span<const float> baseline,
                                   int points) const;

 private:
  // What the network hears at once, and where it begins in the clip's values.
  struct Piece {
    std::size_t first = 0;
    std::span<const float> fbank;
  };
  std::vector<Piece> pieces_of(std::span<const float> fbank) const;
  // Takes the segments of a clip, whose scores are pooled.
  bool by_segment() const;
  std::vector<double> scores(const std::vector<Piece>& pieces) const;

  SsastReading reading_;
  std::unique_ptr<SsastScorer> scorer_;
};

}  // namespace musicmem::models
