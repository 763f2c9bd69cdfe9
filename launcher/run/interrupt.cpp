// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/interrupt.h"

#include <atomic>
#include <csignal>

namespace musicmem::launcher {
namespace {

// Signal handlers can reach nothing but a global.
std::atomic<bool> requested = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void request(int signal) {
  if (signal == SIGINT && requested) {
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
  }
  requested = true;
}

}  // namespace

void watch_for_interrupts() {
  struct sigaction action {};
  action.sa_handler = request;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaction(signal, &action, nullptr);
}

bool interrupt_requested() {
  return requested;
}

}  // namespace musicmem::launcher
