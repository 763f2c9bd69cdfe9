// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/communicator.h"

#include "distributed/wait.h"

#include <utility>

namespace musicmem::distributed {
namespace {

std::string names_of(const std::vector<int>& ranks) {
  if (ranks.empty()) return "";
  std::string names = ranks.size() == 1 ? "rank " : "ranks ";
  for (std::size_t i = 0; i < ranks.size(); ++i) names += (i == 0 ? "" : ", ") + std::to_string(ranks[i]);
  return names;
}

}  // namespace

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
    check_peers(what);
    if (wait.expired()) throw TimeoutError(what, rank(), peer, wait.waited(), names_of(missing_ranks()));
    wait.pause();
  }
  if (wait_observer_) wait_observer_("");
}

}  // namespace musicmem::distributed
