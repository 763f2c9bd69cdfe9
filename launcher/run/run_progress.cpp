// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/run_progress.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "data/files/optional_json.h"
#include "launcher/run/json_file.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

constexpr auto write_interval = std::chrono::seconds(2);

}  // namespace

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StageProgress, total, on_disk, done, failed, seconds, seconds_left)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TaskAtWork, task, rank, node, since)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RunProgress, stage, stages, running, ranks, nodes, started, updated, end)

double unix_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::optional<RunProgress> read_run_progress(const RunDirectory& run) {
  try {
    return read_json(run.progress()).get<RunProgress>();
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::optional<double> expected_seconds_left(const distributed::FarmProgress& now, double seconds_so_far) {
  if (now.done == 0) return std::nullopt;
  // Costs that are all nothing say nothing: then every task counts the same.
  const double done = now.cost_done > 0.0 ? now.cost_done : static_cast<double>(now.done);
  const double total = now.cost_done > 0.0 ? now.cost_total : static_cast<double>(now.total);
  return seconds_so_far / done * std::max(0.0, total - done);
}

ProgressFile::ProgressFile(const RunDirectory& run, LeaseClaim claim, std::vector<std::string> nodes_of_ranks,
                           RunLog& log)
    : run_(run), claim_(std::move(claim)), nodes_of_ranks_(std::move(nodes_of_ranks)), log_(log) {
  progress_.ranks = static_cast<int>(nodes_of_ranks_.size());
  for (const std::string& node : nodes_of_ranks_) {
    if (std::find(progress_.nodes.begin(), progress_.nodes.end(), node) == progress_.nodes.end()) {
      progress_.nodes.push_back(node);
    }
  }
  progress_.started = unix_seconds();
}

void ProgressFile::begin_stage(const std::string& stage, std::size_t on_disk,
                               const std::vector<std::string>& tasks) {
  tasks_ = tasks;
  progress_.stage = stage;
  progress_.stages[stage] = {tasks.size() + on_disk, on_disk, 0, 0, 0.0, {}};
  stage_start_ = Clock::now();
  write();
}

void ProgressFile::update(const distributed::FarmProgress& now) {
  StageProgress& stage = progress_.stages[progress_.stage];
  stage.done = now.done - now.failed;
  stage.failed = now.failed;
  stage.seconds = std::chrono::duration<double>(Clock::now() - stage_start_).count();
  stage.seconds_left = expected_seconds_left(now, stage.seconds);
  progress_.running.clear();
  for (const distributed::RunningTask& running : now.running) {
    progress_.running.push_back({tasks_[running.task], running.rank,
                                 nodes_of_ranks_[static_cast<std::size_t>(running.rank)],
                                 unix_seconds() - running.seconds});
  }
  if (Clock::now() - last_write_ >= write_interval) write();
}

void ProgressFile::end_stage() {
  progress_.running.clear();
  write();
}

void ProgressFile::end(const std::string& how) {
  progress_.end = how;
  end_stage();
}

void ProgressFile::write() {
  last_write_ = Clock::now();
  progress_.updated = unix_seconds();
  try {
    claim_.require_held();
  } catch (const Error&) {
    return;  // the next commit of a result meets the same and says so
  }
  log_.attempt("progress", [&] { data::replace_file(run_.progress(), json_text(progress_)); });
}

}  // namespace musicmem::launcher
