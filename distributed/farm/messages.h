// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/farm/task_farm.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

// What the ranks of a farm say to each other, on a communicator of their own.
namespace musicmem::distributed {

constexpr int ask_tag = 1;    // worker to rank 0
constexpr int reply_tag = 2;  // rank 0 to worker

// "I am free": how the last task ended, if there was one, and whether this rank wants the farm to stop.
struct TaskRequest {
  bool stop = false;
  std::optional<TaskOutcome> outcome;
};

// The answer. A rank that is out of work hears still_running now and then, and finished at the end.
struct Reply {
  enum class Kind : std::uint8_t { task, still_running, finished };

  Kind kind = Kind::still_running;
  std::size_t task = 0;  // if kind is task
  FarmResult result;     // if kind is finished
};

std::string encode(const TaskRequest& request);
std::string encode(const Reply& reply);
TaskRequest decode_request(const std::string& bytes);
Reply decode_reply(const std::string& bytes);

}  // namespace musicmem::distributed
