// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/distributed/stand_in/pretended_gpus.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace {

using Clock = std::chrono::steady_clock;
using Work = std::function<void()>;

constexpr int gpus = 4;

// One recording of an event.
class Mark {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    at_ = Clock::now();
    done_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_; });
  }
  bool is_set() {
    const std::lock_guard lock(mutex_);
    return done_;
  }
  Clock::time_point at() {
    const std::lock_guard lock(mutex_);
    return at_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  Clock::time_point at_;
};

struct State {
  std::mutex mutex;
  std::vector<std::string> breaches;
  std::set<int> broken;
  std::map<int, cudaStream_t> compute_streams;
  std::atomic<int> streams = 0;
  std::atomic<int> events = 0;
};

// Threads of streams may outlive main().
State& state() {
  static auto* const all = new State;
  return *all;
}

thread_local int current = 0;
thread_local cudaError_t last_error = cudaSuccess;

cudaError_t fail(cudaError_t code) {
  last_error = code;
  return code;
}

cudaError_t health(int gpu) {
  return musicmem::pretended::is_broken(gpu) ? fail(cudaErrorIllegalAddress) : cudaSuccess;
}

}  // namespace

struct CUstream_st {
  explicit CUstream_st(int on) : gpu(on), thread([this] { run(); }) {}
  CUstream_st(const CUstream_st&) = delete;
  CUstream_st& operator=(const CUstream_st&) = delete;
  ~CUstream_st() {
    {
      const std::lock_guard lock(mutex);
      ending = true;
    }
    changed.notify_all();
    thread.join();
  }

  void add(Work work) {
    const std::lock_guard lock(mutex);
    queue.push_back(std::move(work));
    changed.notify_all();
  }

  void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [&] { return ending || !queue.empty(); });
      if (queue.empty()) return;
      const Work work = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      work();
      lock.lock();
    }
  }

  const int gpu;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Work> queue;
  bool ending = false;
  std::thread thread;
};

struct CUevent_st {
  explicit CUevent_st(int on) : gpu(on) {}
  const int gpu;
  std::shared_ptr<Mark> mark;  // none: complete, as CUDA says
};

namespace musicmem::pretended {

void note_breach(const std::string& rule) {
  const std::lock_guard lock(state().mutex);
  state().breaches.push_back(rule);
}

std::vector<std::string> breaches() {
  const std::lock_guard lock(state().mutex);
  return state().breaches;
}

cudaStream_t compute_stream(int gpu) {
  const std::lock_guard lock(state().mutex);
  cudaStream_t& stream = state().compute_streams[gpu];
  if (stream == nullptr) stream = new CUstream_st(gpu);
  return stream;
}

void enqueue(cudaStream_t stream, Work work) {
  stream->add(std::move(work));
}

void drain(cudaStream_t stream) {
  const auto mark = std::make_shared<Mark>();
  stream->add([mark] { mark->set(); });
  mark->wait();
}

int gpu_of(cudaStream_t stream) {
  return stream->gpu;
}

int current_gpu() {
  return current;
}

void break_gpu(int gpu) {
  const std::lock_guard lock(state().mutex);
  state().broken.insert(gpu);
}

bool is_broken(int gpu) {
  const std::lock_guard lock(state().mutex);
  return state().broken.contains(gpu);
}

void mend_gpus() {
  const std::lock_guard lock(state().mutex);
  state().broken.clear();
  state().breaches.clear();
}

int streams() {
  return state().streams;
}

int events() {
  return state().events;
}

}  // namespace musicmem::pretended

cudaError_t cudaSetDevice(int device) {
  if (device < 0 || device >= gpus) return fail(cudaErrorInvalidDevice);
  current = device;
  return health(device);
}

cudaError_t cudaGetLastError() {
  return std::exchange(last_error, cudaSuccess);
}

const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaErrorIllegalAddress ? "an illegal memory access was encountered"
                                          : "an error of the stand-in";
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned /*flags*/) {
  if (const cudaError_t error = health(current); error != cudaSuccess) return error;
  *stream = new CUstream_st(current);
  ++state().streams;
  return cudaSuccess;
}

// What is queued is still done; the call does not wait for it.
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  --state().streams;
  std::thread([stream] { delete stream; }).detach();
  return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned /*flags*/) {
  if (const cudaError_t error = health(stream->gpu); error != cudaSuccess) return error;
  if (event->mark) stream->add([mark = event->mark] { mark->wait(); });
  return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  if (const cudaError_t error = health(current); error != cudaSuccess) return error;
  *event = new CUevent_st(current);
  ++state().events;
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  --state().events;
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  if (event->gpu != stream->gpu) {
    musicmem::pretended::note_breach("an event is recorded on a stream of another GPU");
    return fail(cudaErrorInvalidResourceHandle);
  }
  if (const cudaError_t error = health(stream->gpu); error != cudaSuccess) return error;
  event->mark = std::make_shared<Mark>();
  stream->add([mark = event->mark] { mark->set(); });
  return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  if (const cudaError_t error = health(event->gpu); error != cudaSuccess) return error;
  return !event->mark || event->mark->is_set() ? cudaSuccess : fail(cudaErrorNotReady);
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end) {
  if (!begin->mark || !end->mark) return fail(cudaErrorInvalidResourceHandle);
  if (!begin->mark->is_set() || !end->mark->is_set()) return fail(cudaErrorNotReady);
  *milliseconds = std::chrono::duration<float, std::milli>(end->mark->at() - begin->mark->at()).count();
  return cudaSuccess;
}
