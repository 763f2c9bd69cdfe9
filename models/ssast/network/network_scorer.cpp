// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/network/network_scorer.h"

#include "models/machine/freed_memory.h"
#include "models/ssast/network/integrated_gradients.h"
#include "models/ssast/network/ssast.h"
#include "models/ssast/network/weights.h"
#include "models/torch/single_thread.h"

#include <algorithm>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

namespace musicmem::models {
namespace {

class NetworkScorer : public SsastScorer {
 public:
  NetworkScorer(const weights::PthFile& file, const SsastReading& reading)
      : statistics_(reading.statistics), model_(reading.shape, 1), unused_(load_all(model_, file.tensors)) {
    for (at::Tensor parameter : model_.parameters()) parameter.set_requires_grad(false);
  }

  const std::vector<std::string>& unused() const override { return unused_; }

  double score(std::span<const float> fbank) const override {
    const SingleThread one_thread;
    const at::NoGradGuard record_nothing;
    return model_.forward(input(fbank).unsqueeze(0)).item<double>();
  }

  Attribution attribute(std::span<const float> fbank, std::span<const float> baseline,
                        int points) const override {
    const SingleThread one_thread;
    return integrated_gradients(model_, input(fbank), input(baseline), points);
  }

 private:
  // [target_length, mel_bins]
  at::Tensor input(std::span<const float> fbank) const {
    const at::Tensor x = at::zeros({model_.shape().target_length, model_.shape().mel_bins});
    const auto wanted = static_cast<std::size_t>(x.numel());
    std::copy_n(fbank.begin(), std::min(fbank.size(), wanted), x.data_ptr<float>());
    return (x - statistics_.mean) / (2.0 * statistics_.deviation);
  }

  SpectrogramStatistics statistics_;
  FreedMemoryPolicy kept_{FreedMemory::kept};
  mutable Ssast model_;  // forward changes nothing
  std::vector<std::string> unused_;
};

}  // namespace

std::unique_ptr<SsastScorer> load_network_scorer(const weights::PthFile& file, const SsastReading& reading) {
  return std::make_unique<NetworkScorer>(file, reading);
}

}  // namespace musicmem::models
