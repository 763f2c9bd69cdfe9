// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/late_function.h"
#include "distributed/gradients/gradient_exchange.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

// Sums over GPUs with NCCL. Builds without CUDA refuse, from nccl_absent.cpp.
namespace musicmem::distributed {

// "2.28.9" of the library in this process; "" for a build without NCCL.
std::string nccl_version();
inline constinit LateFunction<decltype(nccl_version)> nccl_version_late;

// How long a rank waits for NCCL apart from sums, which have the group's deadline.
struct NcclPatience {
  std::chrono::duration<double> connecting{120.0};
  std::chrono::duration<double> aborting{30.0};
};

// Collective. Slices lie in the memory of GPU `device` of this node; `compute_stream` gives the CUDA stream
// (cudaStream_t) that the calling thread computes on. Sums run on a stream of their own, which waits for the
// compute stream where a slice is started; the compute stream waits for them in finish().
//
// The communicator does not block: everything is polled against a deadline, and against a word from another
// rank. A rank that meets an error tells the others, aborts without waiting for it, and throws ExchangeFailed with
// code, rank, device and host; so do the others where they next look. A connection that takes too long is such
// an error. A sum beyond the group's deadline is a TimeoutError. The destructor aborts as well and tells nobody:
// what another rank may wait for has to end the job. It waits for aborts as long as `patience` says; a thread, a
// stream and memory are left to one that takes longer. Throws LaunchError in a build without NCCL.
std::unique_ptr<GradientExchange> make_nccl_exchange(Communicator& group, int device,
                                                     std::function<void*()> compute_stream,
                                                     const NcclPatience& patience = {});

}  // namespace musicmem::distributed
