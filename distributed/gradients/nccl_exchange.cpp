// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/gradients/nccl_exchange.h"

#include "data/files/process.h"
#include "distributed/wait.h"

#include <cstring>
#include <exception>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

#include <cuda_runtime_api.h>
#include <nccl.h>

namespace musicmem::distributed {
namespace {

constexpr int abort_tag = 1;
constexpr auto look_interval = std::chrono::microseconds(50);

// Gives an event back when its owner goes.
struct DestroyEvent {
  using pointer = cudaEvent_t;
  void operator()(cudaEvent_t event) const { cudaEventDestroy(event); }
};
using CudaEvent = std::unique_ptr<cudaEvent_t, DestroyEvent>;

class NcclExchange final : public GradientExchange {
 public:
  NcclExchange(Communicator& group, int device, std::function<void*()> compute_stream,
               const NcclPatience& patience)
      : control_(group.duplicate()),
        device_(device),
        compute_stream_(std::move(compute_stream)),
        patience_(patience) {
    const std::string id = group.broadcast(group.rank() == 0 ? new_id() : "", 0, "sharing NCCL's id");
    try {
      try {
        connect(id);
      } catch (...) {
        abort_for_current_exception("connecting the GPUs of a group");
      }
    } catch (...) {
      release();  // nobody destroys what was not constructed
      throw;
    }
  }

  ~NcclExchange() override { release(); }
  NcclExchange(const NcclExchange&) = delete;
  NcclExchange& operator=(const NcclExchange&) = delete;

  // On a thread of the backward pass: what goes wrong is thrown by finish().
  void start(std::span<float> slice, std::shared_ptr<void> memory) override {
    if (problem_) return;
    memory_.push_back(std::move(memory));
    try {
      cuda(cudaSetDevice(device_), "cudaSetDevice");
      const CudaEvent computed = make_event();
      cuda(cudaEventRecord(computed.get(), static_cast<cudaStream_t>(compute_stream_())), "cudaEventRecord");
      cuda(cudaStreamWaitEvent(stream_, computed.get(), 0), "cudaStreamWaitEvent");
      auto& [begin, end] = marks_.emplace_back(make_event(), make_event());
      cuda(cudaEventRecord(begin.get(), stream_), "cudaEventRecord");
      nccl(
          ncclAllReduce(slice.data(), slice.data(), slice.size(), ncclFloat, ncclSum, communicator_, stream_),
          "ncclAllReduce");
      settle("ncclAllReduce", control_->deadline());
      cuda(cudaEventRecord(end.get(), stream_), "cudaEventRecord");
    } catch (...) {
      problem_ = std::current_exception();
    }
  }

  void finish(const std::string& what) override {
    try {
      if (problem_) std::rethrow_exception(problem_);
      const CudaEvent summed = make_event();
      cuda(cudaEventRecord(summed.get(), stream_), "cudaEventRecord");
      wait_for(summed.get(), what);
      const auto now = Wait::Clock::now();
      for (const auto& [begin, end] : marks_) {
        intervals_.push_back({before(now, begin, summed), before(now, end, summed)});
      }
      cuda(cudaStreamWaitEvent(static_cast<cudaStream_t>(compute_stream_()), summed.get(), 0),
           "cudaStreamWaitEvent");
      marks_.clear();
      memory_.clear();
    } catch (...) {
      abort_for_current_exception(what);
    }
  }

  std::vector<ExchangeInterval> take_intervals() override { return std::exchange(intervals_, {}); }

 private:
  // Empty where NCCL cannot make one.
  static std::string new_id() {
    ncclUniqueId id{};
    if (ncclGetUniqueId(&id) != ncclSuccess) return "";
    return {reinterpret_cast<const char*>(&id), sizeof id};
  }

  void connect(const std::string& bytes) {
    ncclUniqueId id{};
    if (bytes.size() != sizeof id) {
      throw std::runtime_error("ncclGetUniqueId failed on rank 0 of the group");
    }
    std::memcpy(&id, bytes.data(), sizeof id);
    cuda(cudaSetDevice(device_), "cudaSetDevice");
    cuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = 0;
    nccl(ncclCommInitRankConfig(&communicator_, control_->size(), id, control_->rank(), &config),
         "ncclCommInitRankConfig");
    try {
      settle("ncclCommInitRankConfig", patience_.connecting);
    } catch (const TimeoutError& error) {
      // Every rank has the id and hears of it: the group can go on, or its next word ends the job.
      throw std::runtime_error(error.what());
    }
  }

  std::string place() const {
    return "rank " + std::to_string(control_->rank()) + " of the group, GPU " + std::to_string(device_) +
           " of " + data::host_name();
  }

  void cuda(cudaError_t code, const char* call) const {
    if (code == cudaSuccess) return;
    (void)cudaGetLastError();  // or the next call of LibTorch would find it
    throw std::runtime_error(std::string(call) + ": CUDA error " + std::to_string(code) + " (" +
                             cudaGetErrorString(code) + ") on " + place());
  }

  CudaEvent make_event() const {
    cudaEvent_t event = nullptr;
    cuda(cudaEventCreate(&event), "cudaEventCreate");
    return CudaEvent(event);
  }

  void nccl(ncclResult_t code, const char* call) const {
    if (code == ncclSuccess || code == ncclInProgress) return;
    const char* last = communicator_ == nullptr ? nullptr : ncclGetLastError(communicator_);
    throw std::runtime_error(
        std::string(call) + ": NCCL error " + std::to_string(code) + " (" + ncclGetErrorString(code) +
        (last != nullptr && *last != '\0' ? std::string(", ") + last : "") + ") on " + place());
  }

  // Waits until the last call on the communicator has been accepted.
  void settle(const char* call, std::chrono::duration<double> deadline) {
    const Wait wait(deadline);
    ncclResult_t state = ncclInProgress;
    while (state == ncclInProgress) {
      nccl(ncclCommGetAsyncError(communicator_, &state), "ncclCommGetAsyncError");
      nccl(state, call);
      check_abort_and_deadline(wait, call);
      if (state == ncclInProgress) std::this_thread::sleep_for(look_interval);
    }
  }

  void wait_for(cudaEvent_t event, const std::string& what) {
    const Wait wait(control_->deadline());
    for (;;) {
      const cudaError_t state = cudaEventQuery(event);
      if (state == cudaSuccess) return;
      if (state != cudaErrorNotReady) cuda(state, "cudaEventQuery");
      (void)cudaGetLastError();
      ncclResult_t error = ncclSuccess;
      nccl(ncclCommGetAsyncError(communicator_, &error), "ncclCommGetAsyncError");
      nccl(error, "ncclAllReduce");
      check_abort_and_deadline(wait, what);
      std::this_thread::sleep_for(look_interval);
    }
  }

  // Throws if a peer has aborted or the time is up.
  void check_abort_and_deadline(const Wait& wait, const std::string& what) {
    if (const auto word = control_->try_receive(abort_tag)) {
      told_ = true;
      throw ExchangeFailed(word->bytes);
    }
    if (wait.expired()) {
      throw TimeoutError(what, control_->rank(), CommunicationError::every_rank, wait.waited(),
                         "NCCL on " + place());
    }
  }

  // ncclCommAbort waits for the GPU, and may wait until every rank has called it: on a thread of its own, so that
  // this rank comes to where all hear of the failure. The thread keeps what NCCL may still write to.
  void begin_abort() {
    if (communicator_ == nullptr) return;
    auto abort = [communicator = std::exchange(communicator_, nullptr), device = device_, memory = memory_] {
      cudaSetDevice(device);
      ncclCommAbort(communicator);
    };
    std::packaged_task<void()> task(std::move(abort));
    aborted_ = task.get_future();
    std::thread(std::move(task)).detach();
  }

  // What an abort that does not return may use is left to it.
  void release() {
    begin_abort();
    if (aborted_.valid() && aborted_.wait_for(patience_.aborting) != std::future_status::ready) return;
    if (stream_ != nullptr) cudaStreamDestroy(std::exchange(stream_, nullptr));
  }

  // In a handler of whatever went wrong: first tells the other ranks, which have to abort as well. After a
  // CommunicationError there is nobody left to tell.
  [[noreturn]] void abort_for_current_exception(const std::string& what) {
    try {
      throw;
    } catch (const CommunicationError&) {
      problem_ = std::current_exception();
      begin_abort();
      throw;
    } catch (const std::exception& error) {
      const std::string cause = error.what();
      problem_ = std::make_exception_ptr(ExchangeFailed(cause));
      tell(cause);
      begin_abort();
      throw ExchangeFailed(what + ": " + cause);
    }
  }

  // Once: who has been told tells nobody.
  void tell(const std::string& cause) {
    if (std::exchange(told_, true)) return;
    for (int rank = 0; rank < control_->size(); ++rank) {
      if (rank != control_->rank()) control_->send(cause, rank, abort_tag, "telling of an abort");
    }
  }

  static Wait::Clock::time_point before(Wait::Clock::time_point now, const CudaEvent& event,
                                        const CudaEvent& last) {
    float milliseconds = 0.0F;
    cudaEventElapsedTime(&milliseconds, event.get(), last.get());
    return now - std::chrono::duration_cast<Wait::Clock::duration>(
                     std::chrono::duration<double, std::milli>(milliseconds));
  }

  std::unique_ptr<Communicator> control_;
  int device_;
  std::function<void*()> compute_stream_;
  NcclPatience patience_;
  cudaStream_t stream_ = nullptr;
  ncclComm_t communicator_ = nullptr;
  std::vector<std::pair<CudaEvent, CudaEvent>> marks_;  // of the slices
  std::vector<std::shared_ptr<void>> memory_;
  std::vector<ExchangeInterval> intervals_;
  std::exception_ptr problem_;
  std::future<void> aborted_;  // once an abort has begun
  bool told_ = false;          // this rank has told everybody, or another one has
};

}  // namespace

std::string nccl_version() {
  int version = 0;
  if (ncclGetVersion(&version) != ncclSuccess) return "unknown";
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

std::unique_ptr<GradientExchange> make_nccl_exchange(Communicator& group, int device,
                                                     std::function<void*()> compute_stream,
                                                     const NcclPatience& patience) {
  return std::make_unique<NcclExchange>(group, device, std::move(compute_stream), patience);
}

}  // namespace musicmem::distributed
