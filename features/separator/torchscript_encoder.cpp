// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/separator/torchscript_encoder.h"

#include "config/error.h"
#include "features/separator/torchscript_module.h"
#include "features/sound/audio.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include <torch/script.h>

namespace musicmem::features {
namespace {

using Clips = std::span<const std::vector<float>>;

class TorchScriptEncoder : public Encoder {
 public:
  TorchScriptEncoder(const config::FeatureSource& settings, int gpu)
      : settings_(settings),
        device_(choose_device(gpu)),
        module_(load_module(settings.encoder, "encoder", "encoder of features.sets", device_)),
        batch_(static_cast<std::size_t>(settings.batch)) {}

  std::vector<data::NumberArray> encode(const std::vector<std::vector<float>>& clips) override {
    std::vector<data::NumberArray> arrays;
    while (arrays.size() < clips.size()) {
      const std::size_t count = std::min(batch_, clips.size() - arrays.size());
      for (const torch::Tensor& array : forward_all(Clips(clips).subspan(arrays.size(), count)))
        arrays.push_back(array_of(array));
    }
    return arrays;
  }

 private:
  // [clips, samples]
  torch::Tensor sound_of(Clips clips) const {
    std::vector<torch::Tensor> rows;
    for (const std::vector<float>& clip : clips) {
      std::vector<float> sound = resample(clip, study_rate, settings_.sample_rate);
      rows.push_back(torch::from_blob(sound.data(), {static_cast<std::int64_t>(sound.size())}).clone());
    }
    return torch::stack(rows).to(device_);
  }

  // [clips, ...] on the CPU.
  torch::Tensor forward(Clips clips) {
    const torch::Tensor sound = sound_of(clips);
    const c10::InferenceMode no_gradients;
    torch::IValue result;
    try {
      result = module_.forward({sound});
    } catch (const std::exception& error) {
      fail("fails on sound of shape " + shape_text(sound.sizes()) + ": " + brief(error));
    }
    if (!result.isTensor()) fail("returns a " + result.tagKind() + ", expected one tensor");
    const torch::Tensor arrays = result.toTensor();
    if (arrays.dim() < 2 || arrays.dim() > 4 || arrays.size(0) != sound.size(0) || arrays.numel() == 0)
      fail("returns a tensor of shape " + shape_text(arrays.sizes()) + " for sound of shape " +
           shape_text(sound.sizes()));
    return arrays.to(torch::kCPU, torch::kFloat64).contiguous();
  }

  // One by one from the first time on that the module refuses several at once.
  std::vector<torch::Tensor> forward_all(Clips clips) {
    if (clips.size() > 1) {
      try {
        return forward(clips).unbind(0);
      } catch (const Error&) {
        batch_ = 1;
      }
    }
    std::vector<torch::Tensor> arrays;
    for (std::size_t i = 0; i < clips.size(); ++i) arrays.push_back(forward(clips.subspan(i, 1))[0]);
    return arrays;
  }

  static data::NumberArray array_of(const torch::Tensor& tensor) {
    data::NumberArray array;
    for (const std::int64_t size : tensor.sizes()) array.shape.push_back(static_cast<std::uint64_t>(size));
    const torch::Tensor values = tensor.contiguous();
    array.values.assign(values.data_ptr<double>(), values.data_ptr<double>() + values.numel());
    return array;
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(
        "the encoder " + problem, settings_.encoder.string(),
        "it must map [batch, samples] to [batch, dim], [batch, time, dim] or [batch, layers, time, dim]");
  }

  config::FeatureSource settings_;
  torch::Device device_;
  torch::jit::Module module_;
  std::size_t batch_;
};

}  // namespace

std::unique_ptr<Encoder> open_torchscript_encoder(const config::FeatureSource& settings, int gpu) {
  return std::make_unique<TorchScriptEncoder>(settings, gpu);
}

}  // namespace musicmem::features
