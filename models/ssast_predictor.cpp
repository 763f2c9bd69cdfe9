// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast_predictor.h"

#include "config/error.h"
#include "models/freed_memory.h"
#include "models/integrated_gradients.h"
#include "models/pooling.h"
#include "models/single_thread.h"
#include "models/spectrogram_source.h"
#include "models/ssast.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <vector>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

namespace musicmem::models {
namespace {

// What the model hears at once, and where it begins in the clip's values.
struct Piece {
  std::size_t first = 0;
  std::span<const float> fbank;
};

std::vector<Piece> pieces_of(std::span<const float> fbank, bool by_segment) {
  if (!by_segment) return {{0, fbank}};
  std::vector<Piece> pieces;
  for (std::size_t segment = 0; segment < segments_per_clip; ++segment) {
    const std::size_t first = std::min(fbank.size(), segment * segment_hop * spectrogram_bins);
    const std::size_t count = std::min(fbank.size() - first, segment_frames * spectrogram_bins);
    pieces.push_back({first, fbank.subspan(first, count)});
  }
  return pieces;
}

// What each segment's score counts for in the clip's.
std::vector<double> shares_of(const std::vector<double>& scores, config::Pooling pooling) {
  if (pooling == config::Pooling::mean)
    return std::vector<double>(scores.size(), 1.0 / static_cast<double>(scores.size()));
  std::vector<double> shares(scores.size(), 0.0);
  shares[static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin())] = 1.0;
  return shares;
}

}  // namespace

struct SsastPredictor::State {
  State(const weights::PthFile& file, SsastReading given)
      : reading(std::move(given)),
        by_segment(reading.input == config::SsastInput::segment),
        model(reading.shape, 1) {
    unused = load_all(model, file.tensors);
    for (at::Tensor parameter : model.parameters()) parameter.set_requires_grad(false);
  }

  std::vector<double> scores(const std::vector<Piece>& pieces) const {
    const at::NoGradGuard record_nothing;
    std::vector<double> scores;
    for (const Piece& piece : pieces) {
      scores.push_back(model.forward(input(piece.fbank).unsqueeze(0)).item<double>());
    }
    return scores;
  }

  // What the model takes of a log-mel, [target_length, mel_bins]: cut or padded, and normalised.
  at::Tensor input(std::span<const float> fbank) const {
    const at::Tensor x = at::zeros({model.shape().target_length, model.shape().mel_bins});
    const auto wanted = static_cast<std::size_t>(x.numel());
    std::copy_n(fbank.begin(), std::min(fbank.size(), wanted), x.data_ptr<float>());
    return (x - reading.statistics.mean) / (2.0 * reading.statistics.deviation);
  }

  SsastReading reading;
  bool by_segment;
  std::vector<std::string> unused;
  FreedMemoryPolicy kept{FreedMemory::kept};
  mutable Ssast model;  // forward changes nothing
};

double SpectrogramAttribution::gap() const {
  return std::accumulate(values.begin(), values.end(), base - score);
}

SsastPredictor::SsastPredictor(const weights::PthFile& file, const SsastAnswers& answers)
    : state_(std::make_unique<State>(file, read_ssast(file, answers))) {}

SsastPredictor::~SsastPredictor() = default;
SsastPredictor::SsastPredictor(SsastPredictor&&) noexcept = default;
SsastPredictor& SsastPredictor::operator=(SsastPredictor&&) noexcept = default;

const SsastShape& SsastPredictor::shape() const {
  return state_->model.shape();
}

const SsastReading& SsastPredictor::reading() const {
  return state_->reading;
}

const std::vector<std::string>& SsastPredictor::unused() const {
  return state_->unused;
}

double SsastPredictor::seconds() const {
  constexpr double frames_per_second = 100.0;
  return static_cast<double>(shape().target_length) / frames_per_second;
}

bool SsastPredictor::by_segment() const {
  return state_->by_segment;
}

double SsastPredictor::predict(std::span<const float> fbank) const {
  const SingleThread one_thread;
  const at::NoGradGuard record_nothing;
  const std::vector<Piece> pieces = pieces_of(fbank, state_->by_segment);
  return pool_segments(state_->scores(pieces), state_->reading.segments);
}

SpectrogramAttribution SsastPredictor::attribute(std::span<const float> fbank,
                                                 std::span<const float> baseline, int points) const {
  assert(baseline.size() == spectrogram_bins);
  const SingleThread one_thread;
  std::vector<float> average(fbank.size());
  for (std::size_t i = 0; i < average.size(); ++i) average[i] = baseline[i % spectrogram_bins];
  const std::vector<Piece> pieces = pieces_of(fbank, state_->by_segment);
  const std::vector<double> shares = shares_of(state_->scores(pieces), state_->reading.segments);
  SpectrogramAttribution result;
  result.values.resize(fbank.size(), 0.0);
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    const double share = shares[p];
    if (share == 0.0) continue;
    const Piece& piece = pieces[p];
    const std::span<const float> of_average = std::span(average).subspan(piece.first, piece.fbank.size());
    const Attribution part =
        integrated_gradients(state_->model, state_->input(piece.fbank), state_->input(of_average), points);
    const std::size_t heard = std::min(piece.fbank.size(), part.values.size());
    for (std::size_t i = 0; i < heard; ++i) result.values[piece.first + i] += share * part.values[i];
    result.score += share * part.score;
    result.base += share * part.base;
  }
  return result;
}

}  // namespace musicmem::models
