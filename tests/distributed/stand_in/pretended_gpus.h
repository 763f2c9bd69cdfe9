// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <nccl.h>

// GPUs and NCCL as the host plays them: a GPU's memory is the host's, a stream is a thread that does one thing after
// the other, and the kernel of a sum meets those of the other ranks on its stream. Rules whose breach a real machine
// answers by a hang or by wrong values are checked, and each breach is kept for the test to see.
namespace musicmem::pretended {

// What goes wrong, or slowly. `rank` is the one of a communicator that it happens to; its sums count from 0.
struct Plan {
  std::chrono::microseconds connecting{0};  // every rank takes so long,
  std::chrono::microseconds accepting{0};   // and so long until a sum is accepted
  std::chrono::microseconds lag{0};         // by which the kernels of `rank` begin late
  int rank = -1;
  int sum = -1;
  ncclResult_t connects_with = ncclSuccess;  // what ncclCommInitRankConfig returns
  ncclResult_t refused_with = ncclSuccess;   // what ncclAllReduce returns
  ncclResult_t fails_later_with = ncclSuccess;
  bool breaks_gpu = false;         // in the kernel of the sum: every later call is an error
  bool loses_end = false;          // the peers have their sums, its own kernel does not end
  bool has_no_id = false;          // ncclGetUniqueId fails
  bool abort_meets_peers = false;  // ncclCommAbort returns once every rank has called it
  bool abort_hangs = false;        // until the next plan
};

// Begins anew: all GPUs work, nothing has been breached. Waits for aborts that hang.
void follow(const Plan& plan);
Plan plan();

void note_breach(const std::string& rule);
std::vector<std::string> breaches();

// The stream that a GPU's rank computes on, work for it, and its end.
cudaStream_t compute_stream(int gpu);
void enqueue(cudaStream_t stream, std::function<void()> work);
void drain(cudaStream_t stream);
int gpu_of(cudaStream_t stream);

int current_gpu();
void break_gpu(int gpu);
bool is_broken(int gpu);
void mend_gpus();

// Made and not yet given back.
int streams();
int events();
int communicators();

}  // namespace musicmem::pretended
