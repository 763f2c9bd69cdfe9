// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/communicator.h"

#include "distributed/wait.h"

#include <utility>

namespace musicmem::distributed {

Message Communicator::receive(int tag, const std::string& what) {
  std::optional<Message> message;
  wait_until(
      [&] {
        message = try_receive(tag);
        return message.has_value();
      },
      what);
  return std::move(*message);
}

void Communicator::wait_until(const std::function<bool()>& done, const std::string& what, int peer) const {
  if (done()) return;
  if (wait_observer_) wait_observer_(what);
  const Wait wait(deadline_);
  while (!done()) {
    if (wait.expired()) throw TimeoutError(what, rank(), peer, wait.waited());
    wait.pause();
  }
  if (wait_observer_) wait_observer_("");
}

}  // namespace musicmem::distributed
