// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/stages/farm_out.h"

#include "config/error.h"
#include "distributed/farm/task_farm.h"
#include "launcher/run/interrupt.h"
#include "launcher/run/progress.h"
#include "launcher/run/timings.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

namespace musicmem::launcher {
namespace {

std::string seconds_text(double seconds) {
  return fmt::format("{:.3f} s", seconds);
}

void log_task(const Start& start, const std::string& line) {
  start.run.log.info(line);
  if (start.display.verbose) std::fprintf(stderr, "rank %d: %s\n", start.team.ranks.rank(), line.c_str());
}

// At once, for `status` and because the start may not live to its end.
void record_now(const HeldRun& run, const Failure& failure) {
  try {
    run.directory.record_failure(failure);
  } catch (const Error& error) {
    run.log.error(error.what());
  }
}

// Puts a failure on record and throws it on, without the place of a file: that differs from machine to
// machine, while the report, which shows the failure, does not. The task's name says which clip or fit it is.
[[noreturn]] void fail(const Start& start, const FarmWork& work, std::size_t task, const Error& failure) {
  require_own_run(start.run, work.names[task]);  // a failure of this program is none of another's run
  record_now(start.run, {work.names[task], work.hashes[task], failure.what()});
  throw Error(failure);
}

void compute_and_log(const Start& start, const FarmWork& work, std::size_t task,
                     const std::function<void(std::size_t)>& compute) {
  const std::string& name = work.names[task];
  const auto begin = std::chrono::steady_clock::now();
  log_task(start, "begin " + name);
  start.team.watch.working_on(name);
  try {
    const Trace::Span span(start.run.trace, "task", name);
    compute(task);
  } catch (const distributed::Interrupted& interrupted) {
    start.run.log.info("stopped " + name + ": " + interrupted.what());
    throw;
  } catch (const distributed::CommunicationError& error) {  // no task's fault
    start.run.log.error("stopped " + name + ": " + error.what());
    throw;
  } catch (const Error& error) {
    const bool has_lost_run = error.kind() == ErrorKind::lost_lease;
    start.run.log.error((has_lost_run ? "stopped " : "failed ") + name + ": " + error.what());
    if (has_lost_run) end_job(start.run, name, error);
    fail(start, work, task, Error(error.problem(), "", error.advice()));
  } catch (const std::filesystem::filesystem_error& error) {
    start.run.log.error("failed " + name + ": " + error.what());
    fail(start, work, task, Error(error.code().message(), "", "the rank's log names the file"));
  } catch (const std::bad_alloc&) {
    start.run.log.error("failed " + name + ": out of memory");
    fail(start, work, task, Error("out of memory", "", "use fewer ranks on a node"));
  } catch (const std::exception& error) {
    start.run.log.error("failed " + name + ": " + error.what());
    // Libraries go on with addresses and paths, which differ from machine to machine.
    const std::string text = error.what();
    fail(start, work, task, Error(text.substr(0, text.find('\n')), "", "the rank's log has all of it"));
  }
  start.team.watch.working_on("waiting for a task");
  log_task(start,
           "done " + name + ", " +
               seconds_text(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()));
}

// Says where a failure could not be put on record when it happened, as on a full disk.
void record_outcomes(const HeldRun& run, const FarmWork& work, const distributed::FarmResult& result) {
  for (const distributed::TaskOutcome& outcome : result.outcomes) {
    const std::string& name = work.names[outcome.task];
    if (outcome.succeeded) {
      run.directory.record_success(name);
    } else {
      run.directory.record_failure({name, work.hashes[outcome.task], outcome.message});
    }
  }
}

// Ranks with a GPU leave tasks for one rank to those without, where there are any, until no fit for a group is left.
distributed::GroupWork group_work(const RankMap& map, const std::vector<bool>& for_group) {
  const auto& roles = map.roles;
  const bool any_cpu = std::any_of(roles.begin(), roles.end(), [](const distributed::RankRole& role) {
    return role.role == distributed::Role::cpu;
  });
  distributed::GroupWork work{for_group, distributed::ranks_of_groups(roles), {}};
  for (const distributed::RankRole& role : roles) {
    work.groups_first.push_back(any_cpu && role.role == distributed::Role::gpu && role.group >= 0);
  }
  return work;
}

}  // namespace

StageResult farm_out(const Start& start, const FarmWork& work, bool keep_going,
                     const std::function<void(std::size_t)>& compute) {
  const auto begin = std::chrono::steady_clock::now();
  const std::size_t total = work.names.size() + work.on_disk;
  start.run.log.info(work.stage + ": " + std::to_string(total) + " tasks, " + std::to_string(work.on_disk) +
                     " on disk, " + std::to_string(work.names.size()) + " to do");
  distributed::FarmOptions options;
  options.stop_requested = interrupt_requested;
  options.keep_going = keep_going;
  if (!work.for_group.empty()) options.group_work = group_work(start.team.map, work.for_group);
  options.after = work.after;
  std::optional<Progress> progress;
  if (start.team.leads() && !work.names.empty()) {
    progress.emplace(work.stage, total, work.on_disk, start.display.quiet, start.run.log);
    options.on_progress = [&](const distributed::FarmProgress& now) {
      progress->update(now);
      start.display.progress->update(now);
    };
  }
  if (start.display.progress != nullptr)
    start.display.progress->begin_stage(work.stage, work.on_disk, work.names);
  start.team.watch.working_on("waiting for a task");
  const distributed::FarmResult farmed = distributed::run_farm(
      start.team.ranks, work.costs, [&](std::size_t task) { compute_and_log(start, work, task, compute); },
      options);
  start.team.watch.working_on("what follows " + work.stage);
  progress.reset();
  if (start.display.progress != nullptr) start.display.progress->end_stage();
  if (start.team.leads()) {
    record_outcomes(start.run, work, farmed);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    start.run.log.attempt("timings", [&] {
      record_stage(start.run.directory, work.stage, start.team.ranks.size(), seconds, work.names,
                   farmed.outcomes);
    });
  }

  return {farmed.succeeded, work.on_disk, farmed.failed, farmed.interrupted};
}

}  // namespace musicmem::launcher
