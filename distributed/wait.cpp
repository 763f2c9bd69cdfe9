// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/wait.h"

#include <algorithm>
#include <thread>

namespace musicmem::distributed {

void Wait::pause() const {
  constexpr std::chrono::duration<double> shortest = std::chrono::microseconds(50);
  constexpr std::chrono::duration<double> longest = std::chrono::milliseconds(2);
  std::this_thread::sleep_for(std::clamp(waited() / 100, shortest, longest));
}

}  // namespace musicmem::distributed
