// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/distributed/stand_in/pretended_gpus.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace {

using namespace std::chrono_literals;
using musicmem::pretended::Plan;

constexpr auto look_interval = 1ms;

struct Sum {
  std::map<int, std::pair<float*, std::size_t>> slices;  // by rank
  bool given_up = false;  // nobody may write to a slice that its owner has given up
  bool done = false;
};

// What the ranks of one communicator share.
struct Clique {
  explicit Clique(int size) : ranks(size) {}
  const int ranks;
  std::mutex mutex;
  std::condition_variable changed;
  int connected = 0;
  int aborting = 0;
  std::map<int, Sum> sums;
};

struct State {
  std::mutex mutex;
  std::condition_variable changed;
  Plan plan;
  std::uint64_t plans = 0;
  std::uint64_t ids = 0;
  std::map<std::uint64_t, std::weak_ptr<Clique>> cliques;
  std::atomic<int> communicators = 0;
  std::atomic<int> aborts = 0;
};

State& state() {
  static auto* const all = new State;
  return *all;
}

std::uint64_t plans() {
  const std::lock_guard lock(state().mutex);
  return state().plans;
}

void add_up(Sum& sum) {
  const std::size_t count = sum.slices.begin()->second.second;
  for (const auto& [rank, slice] : sum.slices) {
    if (slice.second == count) continue;
    musicmem::pretended::note_breach("ranks sum slices of different lengths");
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    float total = 0.0F;
    for (const auto& [rank, slice] : sum.slices) total += slice.first[i];
    for (const auto& [rank, slice] : sum.slices) slice.first[i] = total;
  }
  sum.done = true;
}

}  // namespace

struct ncclComm {
  std::shared_ptr<Clique> clique;
  int rank = 0;
  int gpu = 0;
  std::atomic<ncclResult_t> last = ncclInProgress;
  std::atomic<bool> aborted = false;
  std::atomic<int> kernels = 0;
  int sums = 0;
  std::mutex mutex;
  std::thread helper;  // of the last call, until it has been accepted

  void join() {
    const std::lock_guard lock(mutex);
    if (helper.joinable()) helper.join();
  }
};

namespace {

// On the stream of the communicator's GPU.
void kernel(ncclComm& own, int number, float* values, std::size_t count, const Plan& plan) {
  const bool chosen = own.rank == plan.rank && number == plan.sum;
  if (own.rank == plan.rank) std::this_thread::sleep_for(plan.lag);
  if (chosen && plan.breaks_gpu) {
    musicmem::pretended::break_gpu(own.gpu);
    return;
  }
  Clique& clique = *own.clique;
  std::unique_lock lock(clique.mutex);
  Sum& sum = clique.sums[number];
  sum.slices[own.rank] = {values, count};
  if (static_cast<int>(sum.slices.size()) == clique.ranks && !sum.given_up) {
    add_up(sum);
    clique.changed.notify_all();
  }
  while (!sum.done && !own.aborted) clique.changed.wait_for(lock, look_interval);
  if (!sum.done) sum.given_up = true;
  if (!chosen || !plan.loses_end) return;
  own.last = ncclRemoteError;
  while (!own.aborted) clique.changed.wait_for(lock, look_interval);
}

// As NCCL's documentation has it: all ranks of the communicator are required to call ncclCommAbort.
void meet_aborting_peers(Clique& clique, std::uint64_t plan) {
  std::unique_lock lock(clique.mutex);
  ++clique.aborting;
  while (clique.aborting < clique.connected && plans() == plan) clique.changed.wait_for(lock, look_interval);
}

}  // namespace

namespace musicmem::pretended {

void follow(const Plan& plan) {
  {
    const std::lock_guard lock(state().mutex);
    ++state().plans;
  }
  state().changed.notify_all();
  while (state().aborts > 0) std::this_thread::sleep_for(look_interval);
  mend_gpus();
  const std::lock_guard lock(state().mutex);
  state().plan = plan;
}

Plan plan() {
  const std::lock_guard lock(state().mutex);
  return state().plan;
}

int communicators() {
  return state().communicators;
}

}  // namespace musicmem::pretended

ncclResult_t ncclGetVersion(int* version) {
  *version = 22809;
  return ncclSuccess;
}

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  if (musicmem::pretended::plan().has_no_id) return ncclSystemError;
  const std::lock_guard lock(state().mutex);
  const std::uint64_t number = state().ids++;
  *id = {};
  std::memcpy(id, &number, sizeof number);
  return ncclSuccess;
}

const char* ncclGetErrorString(ncclResult_t result) {
  return result == ncclRemoteError ? "remote process exited or there was a network error"
                                   : "an error of the stand-in";
}

const char* ncclGetLastError(ncclComm_t /*communicator*/) {
  return "";
}

ncclResult_t ncclCommInitRankConfig(ncclComm_t* communicator, int ranks, ncclUniqueId id, int rank,
                                    ncclConfig_t* config) {
  const Plan plan = musicmem::pretended::plan();
  if (config->blocking != 0) musicmem::pretended::note_breach("a communicator blocks");
  if (rank == plan.rank && plan.connects_with != ncclSuccess) return plan.connects_with;
  std::uint64_t number = 0;
  std::memcpy(&number, &id, sizeof number);
  auto* const own = new ncclComm;
  {
    const std::lock_guard lock(state().mutex);
    own->clique = state().cliques[number].lock();
    if (!own->clique) state().cliques[number] = own->clique = std::make_shared<Clique>(ranks);
  }
  ++state().communicators;
  own->rank = rank;
  own->gpu = musicmem::pretended::current_gpu();
  own->helper = std::thread([own, plan] {
    std::this_thread::sleep_for(plan.connecting);
    Clique& clique = *own->clique;
    std::unique_lock lock(clique.mutex);
    ++clique.connected;
    while (clique.connected < clique.ranks && !own->aborted) clique.changed.wait_for(lock, look_interval);
    own->last = own->aborted ? ncclInternalError : ncclSuccess;
  });
  *communicator = own;
  return ncclInProgress;
}

ncclResult_t ncclCommGetAsyncError(ncclComm_t communicator, ncclResult_t* result) {
  *result = communicator->last;
  return ncclSuccess;
}

ncclResult_t ncclAllReduce(const void* /*from*/, void* to, std::size_t count, ncclDataType_t /*type*/,
                           ncclRedOp_t /*operation*/, ncclComm_t communicator, cudaStream_t stream) {
  const Plan plan = musicmem::pretended::plan();
  if (communicator->last == ncclInProgress) {
    musicmem::pretended::note_breach("a communicator is used before its last call has been accepted");
    return ncclInvalidArgument;
  }
  if (communicator->last != ncclSuccess) return communicator->last;
  if (communicator->gpu != musicmem::pretended::gpu_of(stream)) {
    musicmem::pretended::note_breach("a sum on a stream of another GPU");
  }
  const int number = communicator->sums++;
  const bool chosen = communicator->rank == plan.rank && number == plan.sum;
  if (chosen && plan.refused_with != ncclSuccess) return plan.refused_with;
  communicator->join();
  communicator->last = ncclInProgress;
  const std::lock_guard lock(communicator->mutex);
  communicator->helper = std::thread([=] {
    std::this_thread::sleep_for(plan.accepting);
    if (chosen && plan.fails_later_with != ncclSuccess) {
      communicator->last = plan.fails_later_with;
      return;
    }
    ++communicator->kernels;
    musicmem::pretended::enqueue(stream, [=] {
      kernel(*communicator, number, static_cast<float*>(to), count, plan);
      --communicator->kernels;
    });
    ncclResult_t unless_failed = ncclInProgress;
    communicator->last.compare_exchange_strong(unless_failed, ncclSuccess);
  });
  return ncclInProgress;
}

ncclResult_t ncclCommAbort(ncclComm_t communicator) {
  const std::uint64_t begun_under = plans();
  const Plan plan = musicmem::pretended::plan();
  ++state().aborts;
  communicator->aborted = true;
  communicator->join();
  if (plan.abort_hangs) {
    std::unique_lock lock(state().mutex);
    state().changed.wait(lock, [&] { return state().plans != begun_under; });
  }
  if (plan.abort_meets_peers) meet_aborting_peers(*communicator->clique, begun_under);
  while (communicator->kernels > 0) std::this_thread::sleep_for(look_interval);
  delete communicator;
  --state().communicators;
  --state().aborts;
  return ncclSuccess;
}
