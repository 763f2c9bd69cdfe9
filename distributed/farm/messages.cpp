// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/farm/messages.h"

#include "distributed/wire.h"

namespace musicmem::distributed {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TaskOutcome, task, rank, succeeded, interrupted, message, seconds)
// A million outcomes would go to a thousand ranks, which do not ask for them.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FarmResult, succeeded, failed, interrupted)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TaskRequest, stop, outcome)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Reply, kind, task, result)

std::string encode(const TaskRequest& request) {
  return to_bytes(request);
}

std::string encode(const Reply& reply) {
  return to_bytes(reply);
}

TaskRequest decode_request(const std::string& bytes) {
  return from_bytes<TaskRequest>(bytes);
}

Reply decode_reply(const std::string& bytes) {
  return from_bytes<Reply>(bytes);
}

}  // namespace musicmem::distributed
