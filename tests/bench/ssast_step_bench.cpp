// SPDX-License-Identifier: GPL-3.0-or-later
// Seconds of SSAST training steps, one a line, to be held against
// tests/models/golden/make_ssast_golden.py --time with the same arguments: SIZE CLIPS FRAMES STEPS [THREADS].
#include "data/generator.h"
#include "models/machine/blas_kernels.h"
#include "models/machine/freed_memory.h"
#include "models/ssast/network/ssast.h"
#include "models/torch/single_thread.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <ATen/Functions.h>
#include <torch/optim/adam.h>
#include <unistd.h>

namespace musicmem::models {
namespace {

config::SsastSize size_named(const std::string& name) {
  for (const auto size : {config::SsastSize::nano, config::SsastSize::tiny, config::SsastSize::small}) {
    if (config::to_string(size) == name) return size;
  }
  return config::SsastSize::base;
}

void measure(const std::string& size, std::int64_t clips, std::int64_t frames, int steps, int threads) {
  const FreedMemoryPolicy kept(FreedMemory::kept);
  const BatchThreads over_the_batch(threads);
  SsastShape shape;
  set_size(shape, size_named(size));
  shape.target_length = frames;
  Ssast model(shape, 1);
  data::Generator generator(1);
  const at::Tensor x = at::randn({clips, frames, shape.mel_bins});
  const at::Tensor y = at::rand({clips, 1});
  torch::optim::Adam optimizer(model.parameters(), torch::optim::AdamOptions(1e-4).weight_decay(5e-7));
  for (int step = 0; step < steps; ++step) {
    const auto start = std::chrono::steady_clock::now();
    optimizer.zero_grad();
    at::mse_loss(model.forward(x, model.draw_head_masks(generator, clips)), y).backward();
    optimizer.step();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::printf("%.4f\n", seconds.count());
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace musicmem::models

int main(int argc, char** argv) {
  if (musicmem::models::settle_blas_kernels()) ::execv("/proc/self/exe", argv);  // LibTorch is loaded already
  if (argc < 5) {
    std::fprintf(stderr, "usage: %s SIZE CLIPS FRAMES STEPS [THREADS]\n", argv[0]);
    return 2;
  }
  musicmem::models::measure(argv[1], std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]),
                            argc > 5 ? std::atoi(argv[5]) : 2);
  return 0;
}
