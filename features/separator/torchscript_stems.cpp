// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/separator/torchscript_stems.h"

#include "config/error.h"
#include "features/separator/torchscript_module.h"
#include "features/sources/stem_sources.h"

#include <algorithm>
#include <filesystem>
#include <span>
#include <string>

#include <fmt/ranges.h>
#include <torch/cuda.h>
#include <torch/script.h>

namespace musicmem::features {
namespace {

// One source's samples at the study's rate, as many as the clip has.
std::vector<float> mono_at_study_rate(const torch::Tensor& channels, int rate, std::size_t samples) {
  const torch::Tensor mono = channels.mean(0).contiguous();
  std::vector<float> sound =
      resample(std::span<const float>(mono.data_ptr<float>(), static_cast<std::size_t>(mono.numel())), rate,
               study_rate);
  sound.resize(samples, 0.0f);
  return sound;
}

}  // namespace

struct TorchScriptStems::Module {
  Module(const config::Stems& stems, int gpu)
      : settings(stems),
        device(choose_device(gpu)),
        module(load_module(stems.path, "separator", "features.ehc.stems.path", device)),
        batch(stems.batch) {
    for (const std::string& source : settings.sources) {
      if (!has_place(source)) fail("gives a source '" + source + "' that holds others");
    }
  }

  torch::Tensor mixes(std::span<const std::vector<float>> clips) const {
    std::vector<torch::Tensor> rows;
    for (const std::vector<float>& clip : clips) {
      std::vector<float> sound = resample(clip, study_rate, settings.sample_rate);
      const auto samples = static_cast<std::int64_t>(sound.size());
      rows.push_back(
          torch::from_blob(sound.data(), {1, samples}).expand({settings.channels, samples}).clone());
    }
    return torch::stack(rows).to(device);
  }

  // [clips, sources, channels, samples] on the CPU.
  torch::Tensor forward(const torch::Tensor& mix) {
    const std::vector<std::int64_t> expected = {
        mix.size(0), static_cast<std::int64_t>(settings.sources.size()), mix.size(1), mix.size(2)};
    const c10::InferenceMode no_gradients;
    torch::IValue result;
    try {
      result = module.forward({mix});
    } catch (const std::exception& error) {
      fail("fails on a mix of shape " + shape_text(mix.sizes()) + ": " + brief(error));
    }
    if (!result.isTensor()) fail("returns a " + result.tagKind() + ", expected one tensor");
    torch::Tensor stems = result.toTensor();
    if (stems.sizes() != expected) {
      fail("returns another shape: expected " + shape_text(expected) + ", got " + shape_text(stems.sizes()));
    }
    stems = stems.to(torch::kCPU, torch::kFloat32);
    if (!stems.isfinite().all().item<bool>()) fail("returns sound that is not finite");
    return stems;
  }

  // The stems of a few clips; one by one from the first time on that the module refuses several at once.
  std::vector<torch::Tensor> forward_all(std::span<const std::vector<float>> clips) {
    if (clips.size() > 1) {
      try {
        return forward(mixes(clips)).unbind(0);
      } catch (const Error&) {
        batch = 1;
      }
    }
    std::vector<torch::Tensor> stems;
    for (std::size_t i = 0; i < clips.size(); ++i) stems.push_back(forward(mixes(clips.subspan(i, 1)))[0]);
    return stems;
  }

  Stems named(const torch::Tensor& sources, std::size_t samples) const {
    const std::vector<float> silence(samples, 0.0f);
    Stems stems{silence, silence, silence, silence};
    for (std::size_t i = 0; i < settings.sources.size(); ++i) {
      add_source(stems, settings.sources[i],
                 mono_at_study_rate(sources[static_cast<std::int64_t>(i)], settings.sample_rate, samples));
    }
    return stems;
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw Error("the separator " + problem, settings.path.string(),
                "it must map [1, channels, samples] to [1, sources, channels, samples]; see "
                "features.ehc.stems.channels and sources");
  }

  config::Stems settings;
  torch::Device device;
  torch::jit::Module module;
  int batch;
};

TorchScriptStems::TorchScriptStems(const config::Stems& settings, int gpu, const Segments& segments)
    : module_(std::make_unique<Module>(settings, gpu)), segments_(segments) {}
TorchScriptStems::~TorchScriptStems() = default;

std::vector<Stems> TorchScriptStems::separate(const std::vector<std::vector<float>>& clips) {
  const std::span all(clips);
  std::vector<Stems> stems;
  while (stems.size() < clips.size()) {
    const auto count = std::min(static_cast<std::size_t>(module_->batch), clips.size() - stems.size());
    const auto now = all.subspan(stems.size(), count);
    const std::vector<torch::Tensor> separated = module_->forward_all(now);
    for (std::size_t i = 0; i < count; ++i) stems.push_back(module_->named(separated[i], now[i].size()));
  }
  return stems;
}

void TorchScriptStems::open(const PitchVariants& variants) {
  levels_.clear();
  residual_ = {};
  const std::vector<Stems> stems = separate(variants.samples);
  for (std::size_t i = 0; i < stems.size(); ++i) {
    residual_.add(stems[i], variants.samples[i]);
    levels_.push_back(clip_timbre(stems[i], segments_));
  }
}

ClipTimbre TorchScriptStems::levels(std::size_t variant, const ClipSpectrum&) {
  return levels_.at(variant);
}

std::unique_ptr<TimbreSource> open_torchscript_stems(const config::Features& settings, int gpu) {
  return std::make_unique<TorchScriptStems>(settings.ehc.stems, gpu, Segments(settings.clip));
}

}  // namespace musicmem::features
