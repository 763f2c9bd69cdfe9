// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast_predictor.h"

#include "config/error.h"
#include "models/integrated_gradients.h"
#include "models/pooling.h"
#include "models/single_thread.h"
#include "models/spectrogram_source.h"
#include "models/ssast.h"
#include "models/ssast_weights.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <vector>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

namespace musicmem::models {
namespace {

// A grid of at most so many frames is that of one-second segments.
constexpr std::int64_t longest_segment = 100;

std::string text_or(const weights::PthFile& file, const std::string& name, const std::string& otherwise) {
  const auto found = file.remarks.texts.find(name);
  return found == file.remarks.texts.end() ? otherwise : found->second;
}

double number_or(const weights::PthFile& file, const std::string& name, double otherwise) {
  const auto found = file.remarks.numbers.find(name);
  return found == file.remarks.numbers.end() ? otherwise : found->second;
}

SsastRecognition require_fine_tuned(const weights::StateDict& tensors) {
  SsastRecognition found = require_ssast(tensors);
  if (!found.has_head) {
    throw Error("is " + found.description + ": there is nothing to predict with", tensors.origin,
                "fine-tune it in a study: models: [{name: ssast, pretrained: FILE}]");
  }
  if (found.shape.heads == 0) {
    throw Error("is " + found.description + ": the number of attention heads is not known for this width",
                tensors.origin, "use a model of size nano, tiny, small or base");
  }
  return found;
}

// What the grid of a model tells by itself.
config::SsastInput input_of(const SsastShape& shape) {
  const std::int64_t frames_seen = (shape.grid_frames() - 1) * shape.stride_frames + shape.patch_frames;
  return frames_seen <= longest_segment ? config::SsastInput::segment : config::SsastInput::clip;
}

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

weights::Remarks ssast_remarks(const SsastShape& shape, config::SsastInput input, config::Pooling segments) {
  weights::Remarks remarks;
  if (shape.pooling != config::SsastPooling::avgtok) remarks.texts["pooling"] = to_string(shape.pooling);
  if (input != input_of(shape)) remarks.texts["input"] = to_string(input);
  if (input == config::SsastInput::segment && segments != config::Pooling::mean) {
    remarks.texts["segments"] = to_string(segments);
  }
  return remarks;
}

weights::Remarks heard_remarks(const weights::Remarks& remarks) {
  weights::Remarks heard;
  for (const char* name : {"pooling", "input", "segments"}) {
    if (const auto found = remarks.texts.find(name); found != remarks.texts.end()) heard.texts.insert(*found);
  }
  for (const char* name : {"fbank_mean", "fbank_deviation"}) {
    if (const auto found = remarks.numbers.find(name); found != remarks.numbers.end())
      heard.numbers.insert(*found);
  }
  return heard;
}

struct SsastPredictor::State {
  State(const SsastRecognition& found, const SsastShape& shape)
      : description(found.description), model(shape, 1) {
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
    return (x - statistics.mean) / (2.0 * statistics.deviation);
  }

  std::string description;
  std::vector<std::string> unused;
  SpectrogramStatistics statistics;
  bool by_segment = false;
  config::Pooling segments = config::Pooling::mean;
  mutable Ssast model;  // forward changes nothing
};

double SpectrogramAttribution::gap() const {
  return std::accumulate(values.begin(), values.end(), base - score);
}

SsastPredictor::SsastPredictor(const weights::PthFile& file) {
  const SsastRecognition found = require_fine_tuned(file.tensors);
  SsastShape shape = found.shape;
  if (text_or(file, "pooling", "") == to_string(config::SsastPooling::cls)) {
    shape.pooling = config::SsastPooling::cls;
  }
  state_ = std::make_unique<State>(found, shape);
  state_->by_segment =
      text_or(file, "input", to_string(input_of(shape))) == to_string(config::SsastInput::segment);
  if (text_or(file, "segments", "") == to_string(config::Pooling::max)) {
    state_->segments = config::Pooling::max;
  }
  state_->statistics.mean = number_or(file, "fbank_mean", state_->statistics.mean);
  state_->statistics.deviation = number_or(file, "fbank_deviation", state_->statistics.deviation);
  if (!(state_->statistics.deviation > 0.0)) {
    throw Error("its fbank_deviation is not positive", file.tensors.origin);
  }
  state_->unused = load_all(state_->model, file.tensors);
}

SsastPredictor::~SsastPredictor() = default;
SsastPredictor::SsastPredictor(SsastPredictor&&) noexcept = default;
SsastPredictor& SsastPredictor::operator=(SsastPredictor&&) noexcept = default;

const SsastShape& SsastPredictor::shape() const {
  return state_->model.shape();
}

const std::string& SsastPredictor::description() const {
  return state_->description;
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
  return pool_segments(state_->scores(pieces), state_->segments);
}

SpectrogramAttribution SsastPredictor::attribute(std::span<const float> fbank,
                                                 std::span<const float> baseline, int points) const {
  assert(baseline.size() == spectrogram_bins);
  const SingleThread one_thread;
  std::vector<float> average(fbank.size());
  for (std::size_t i = 0; i < average.size(); ++i) average[i] = baseline[i % spectrogram_bins];
  const std::vector<Piece> pieces = pieces_of(fbank, state_->by_segment);
  const std::vector<double> shares = shares_of(state_->scores(pieces), state_->segments);
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
