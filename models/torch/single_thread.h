// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/late_function.h"

#include <memory>

namespace musicmem::models {

// While it lives, LibTorch spreads its work over so many threads and OpenBLAS computes each product on the
// thread that asks for it; then both get back what they had. A fixed number of threads is what makes float
// sums repeatable.
class BatchThreads {
 public:
  explicit BatchThreads(int threads);
  ~BatchThreads();
  BatchThreads(const BatchThreads&) = delete;
  BatchThreads& operator=(const BatchThreads&) = delete;

 private:
  int torch_threads_;
  int blas_threads_;  // 0 where the BLAS library is not OpenBLAS
};

// A BatchThreads for callers that a program without LibTorch loads; holds until the last copy is gone.
std::shared_ptr<const void> hold_batch_threads(int threads);
inline constinit LateFunction<decltype(hold_batch_threads)> hold_batch_threads_late;

// All on one thread: small products gain nothing from more.
class SingleThread {
 private:
  BatchThreads one_{1};
};

}  // namespace musicmem::models
