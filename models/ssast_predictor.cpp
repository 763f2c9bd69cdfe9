// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast_predictor.h"

#include "config/error.h"
#include "models/single_thread.h"
#include "models/ssast.h"
#include "models/ssast_weights.h"

#include <algorithm>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

namespace musicmem::models {
namespace {

// One-second segments every half second: 98 frames of 25 ms every 10 ms fit into a second.
constexpr std::size_t segments_per_clip = 9;
constexpr std::size_t segment_shift = 50;
constexpr std::size_t segment_frames = 98;
constexpr std::size_t values_per_frame = 128;

double number_or(const weights::PthFile& file, const std::string& name, double otherwise) {
  const auto found = file.remarks.numbers.find(name);
  return found == file.remarks.numbers.end() ? otherwise : found->second;
}

SsastRecognition require_fine_tuned(const weights::StateDict& tensors) {
  const std::optional<SsastRecognition> found = recognise_ssast(tensors);
  if (!found) {
    throw Error("holds no SSAST model: nothing in it is called v.pos_embed or v.patch_embed.proj.weight",
                tensors.origin, "`musicmem inspect FILE` lists what it holds");
  }
  if (!found->has_head) {
    throw Error("is " + found->description + ": there is nothing to predict with", tensors.origin,
                "fine-tune it in a study: models: [{name: ssast, pretrained: FILE}]");
  }
  if (found->shape.heads == 0) {
    throw Error("is " + found->description + ": the number of attention heads is not known for this width",
                tensors.origin, "use a model of size nano, tiny, small or base");
  }
  return *found;
}

}  // namespace

struct SsastPredictor::State {
  State(const SsastRecognition& found, const SsastShape& shape)
      : description(found.description), model(shape, 1) {}
  std::string description;
  FbankStatistics statistics;
  bool by_segment = false;
  mutable Ssast model;  // forward changes nothing
};

SsastPredictor::SsastPredictor(const weights::PthFile& file) {
  const SsastRecognition found = require_fine_tuned(file.tensors);
  SsastShape shape = found.shape;
  const auto pooling = file.remarks.texts.find("pooling");
  if (pooling != file.remarks.texts.end() && pooling->second == to_string(config::SsastPooling::cls)) {
    shape.pooling = config::SsastPooling::cls;
  }
  state_ = std::make_unique<State>(found, shape);
  const auto input = file.remarks.texts.find("input");
  state_->by_segment = input != file.remarks.texts.end() && input->second == "segment";
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
  double sum = 0.0;
  for (std::size_t segment = 0; segment < segments_per_clip; ++segment) {
    const std::size_t first = std::min(fbank.size(), segment * segment_shift * values_per_frame);
    sum += score(fbank.subspan(first, std::min(fbank.size() - first, segment_frames * values_per_frame)));
  }
  return sum / segments_per_clip;
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
