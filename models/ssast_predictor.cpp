// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast_predictor.h"

#include "config/error.h"
#include "models/pooling.h"
#include "models/single_thread.h"
#include "models/spectrogram_source.h"
#include "models/ssast.h"
#include "models/ssast_weights.h"

#include <algorithm>
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

struct SsastPredictor::State {
  State(const SsastRecognition& found, const SsastShape& shape)
      : description(found.description), model(shape, 1) {}
  std::string description;
  SpectrogramStatistics statistics;
  bool by_segment = false;
  config::Pooling segments = config::Pooling::mean;
  mutable Ssast model;  // forward changes nothing
};

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
  load_all(state_->model, file.tensors);
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

double SsastPredictor::seconds() const {
  constexpr double frames_per_second = 100.0;
  return static_cast<double>(shape().target_length) / frames_per_second;
}

bool SsastPredictor::by_segment() const {
  return state_->by_segment;
}

double SsastPredictor::predict(std::span<const float> fbank) const {
  if (!state_->by_segment) return score(fbank);
  std::vector<double> scores;
  for (std::size_t segment = 0; segment < segments_per_clip; ++segment) {
    const std::size_t first = std::min(fbank.size(), segment * segment_hop * spectrogram_bins);
    scores.push_back(
        score(fbank.subspan(first, std::min(fbank.size() - first, segment_frames * spectrogram_bins))));
  }
  return pool_segments(scores, state_->segments);
}

double SsastPredictor::score(std::span<const float> fbank) const {
  const SingleThread one_thread;
  const at::NoGradGuard record_nothing;
  const at::Tensor x = at::zeros({1, shape().target_length, shape().mel_bins});
  const auto wanted = static_cast<std::size_t>(x.numel());
  std::copy_n(fbank.begin(), std::min(fbank.size(), wanted), x.data_ptr<float>());
  const at::Tensor normalised = (x - state_->statistics.mean) / (2.0 * state_->statistics.deviation);
  return state_->model.forward(normalised).item<double>();
}

}  // namespace musicmem::models
