// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/late_function.h"
#include "distributed/gradients/gradient_exchange.h"

#include <functional>
#include <memory>
#include <string>

// Sums over GPUs with NCCL. Builds without CUDA refuse, from nccl_absent.cpp.
namespace musicmem::distributed {

// "2.28.9" of the library in this process; "" for a build without NCCL.
std::string nccl_version();
inline constinit LateFunction<decltype(nccl_version)> nccl_version_late;

// Collective. Slices lie in the memory of GPU `device` of this node; `compute_stream` gives the CUDA stream
// (cudaStream_t) that the calling thread computes on. Sums run on a stream of their own, which waits for the
// compute stream where a slice is started; the compute stream waits for them in finish().
//
// The communicator does not block: everything is polled against the group's deadline, and against a word from
// another rank. A rank that meets an error aborts, tells the others, which abort as well, and finish() throws
// ExchangeFailed with code, rank, device and host on all of them. A wait beyond the deadline is a
// TimeoutError. The destructor aborts as well and tells nobody: what another rank may wait for has to end the
// job. Throws LaunchError in a build without NCCL.
std::unique_ptr<GradientExchange> make_nccl_exchange(Communicator& group, int device,
                                                     std::function<void*()> compute_stream);

}  // namespace musicmem::distributed
