// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>

namespace musicmem::distributed {

// One wait: how long it has lasted, whether it may go on, and how long to sleep before looking again.
//
// A pause lasts a hundredth of the time waited so far, at least 50 us and at most 2 ms: what is answered late
// by it is next to nothing beside the wait, and long waits burn no core.
class Wait {
 public:
  using Clock = std::chrono::steady_clock;

  // `deadline` zero: for ever.
  explicit Wait(std::chrono::duration<double> deadline) : deadline_(deadline) {}

  void pause() const;
  // Counts from now again, after a sign of life.
  void restart() { start_ = Clock::now(); }

  std::chrono::duration<double> waited() const { return Clock::now() - start_; }
  bool expired() const { return deadline_.count() > 0 && waited() > deadline_; }

 private:
  std::chrono::duration<double> deadline_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace musicmem::distributed
