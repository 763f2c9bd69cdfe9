// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/farm/task_farm.h"

#include "distributed/farm/coordinator.h"
#include "distributed/farm/messages.h"
#include "distributed/farm/task_schedule.h"

#include <chrono>
#include <exception>
#include <memory>
#include <thread>
#include <utility>

namespace musicmem::distributed {
namespace {

// How often rank 0 looks whether its group has met, or what a task comes after has ended.
constexpr auto look_interval = std::chrono::milliseconds(2);

using Execute = std::function<void(std::size_t task)>;

TaskOutcome run_task(std::size_t task, int rank, const Execute& execute) {
  const auto start = std::chrono::steady_clock::now();
  TaskOutcome outcome{task, rank, true, false, "", 0.0};
  try {
    execute(task);
  } catch (const CommunicationError&) {
    throw;
  } catch (const Interrupted& interrupted) {
    outcome.succeeded = false;
    outcome.interrupted = true;
    outcome.message = interrupted.what();
  } catch (const std::exception& error) {
    outcome.succeeded = false;
    outcome.message = error.what();
  }
  outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return outcome;
}

bool wants_stop(const FarmOptions& options) {
  return options.stop_requested && options.stop_requested();
}

// Rank 0: works like the others, but asks the schedule directly.
FarmResult run_as_coordinator(std::unique_ptr<Communicator> channel, int ranks,
                              const std::vector<double>& expected_costs, const Execute& execute,
                              const FarmOptions& options) {
  TaskSchedule schedule(expected_costs, ranks, options.keep_going, options.group_work, options.after);
  FarmCoordinator coordinator(std::move(channel), schedule, options.on_progress);
  for (;;) {
    if (wants_stop(options)) schedule.stop();
    const TaskSchedule::Next next = schedule.next(0);
    if (next.kind == TaskSchedule::Next::Kind::nothing) break;
    if (next.kind == TaskSchedule::Next::Kind::wait) {
      std::this_thread::sleep_for(look_interval);
      continue;
    }
    schedule.finished(run_task(next.task, 0, execute));
  }
  coordinator.finish();
  return schedule.result();
}

FarmResult run_as_worker(Communicator& channel, const Execute& execute, const FarmOptions& options) {
  std::optional<TaskOutcome> last_outcome;
  for (;;) {
    channel.send(encode(TaskRequest{wants_stop(options), std::move(last_outcome)}), 0, ask_tag,
                 "asking for a task");
    Reply reply;
    do {
      reply = decode_reply(channel.receive(reply_tag, "waiting for a task or the end of all").bytes);
    } while (reply.kind == Reply::Kind::still_running);
    if (reply.kind == Reply::Kind::finished) return std::move(reply.result);
    last_outcome = run_task(reply.task, channel.rank(), execute);
  }
}

}  // namespace

FarmResult run_farm(Communicator& communicator, const std::vector<double>& expected_costs,
                    const Execute& execute, const FarmOptions& options) {
  auto channel = communicator.size() == 1 ? nullptr : communicator.duplicate();
  if (communicator.rank() != 0) return run_as_worker(*channel, execute, options);
  return run_as_coordinator(std::move(channel), communicator.size(), expected_costs, execute, options);
}

}  // namespace musicmem::distributed
