// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace musicmem::models {

// While it lives, LibTorch and OpenBLAS compute on one thread; then they get back what they had. Small
// products gain nothing from threads, and a fixed number of threads is what makes float sums repeatable.
class SingleThread {
 public:
  SingleThread();
  ~SingleThread();
  SingleThread(const SingleThread&) = delete;
  SingleThread& operator=(const SingleThread&) = delete;

 private:
  int torch_threads_;
  int blas_threads_;  // 0 where the BLAS library is not OpenBLAS
};

}  // namespace musicmem::models
