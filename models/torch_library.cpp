// SPDX-License-Identifier: GPL-3.0-or-later
// What the library that open_torch_library() opens offers. Programs that hold all in one link it as well.
#include "distributed/gradients/nccl_exchange.h"
#include "features/separator/torchscript_encoder.h"
#include "features/separator/torchscript_stems.h"
#include "models/machine/gpus.h"
#include "models/ssast/kind.h"
#include "models/ssast/network/network_scorer.h"
#include "models/ssast/training/fit.h"
#include "models/torch/mlp_training.h"
#include "models/torch/single_thread.h"

// torch_library_version of config/torch_library.h.
extern "C" const char* musicmem_torch_version() {
  return MUSICMEM_VERSION;
}

namespace musicmem::models {
namespace {

// NOLINTNEXTLINE(cert-err58-cpp): nothing in it throws
[[maybe_unused]] const bool offered = [] {
  distributed::nccl_version_late.is(distributed::nccl_version);
  features::open_separator_late.is(features::open_torchscript_stems);
  features::open_encoder_late.is(features::open_torchscript_encoder);
  count_gpus_late.is(count_gpus);
  hold_batch_threads_late.is(hold_batch_threads);
  train_mlp_late.is(train_mlp);
  load_ssast_scorer_late.is(load_network_scorer);
  check_ssast_late.is(check_ssast);
  fit_ssast_late.is(fit_ssast);
  return true;
}();

}  // namespace
}  // namespace musicmem::models
