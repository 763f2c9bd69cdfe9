// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/counted.h"
#include "config/error.h"
#include "config/experiment.h"
#include "launcher/commands/commands.h"
#include "launcher/results/run_status.h"
#include "launcher/run/json_file.h"
#include "launcher/study/study.h"
#include "launcher/text/time_text.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto watch_interval = std::chrono::seconds(2);

struct StatusOptions {
  StudyArguments study;  // the experiment may be a run directory
  bool json = false;
  bool watch = false;
};

// The run directory itself, or the one that the study of an `experiment` file would use.
RunPlace find_run(const StatusOptions& options, std::optional<config::Experiment>& experiment) {
  const fs::path given(options.study.experiment);
  if (!fs::is_regular_file(given)) {
    if (!options.study.overrides.empty())
      throw usage_error("settings can be given for an experiment only, not for a run");
    return {open_run(given), ""};
  }
  experiment = config::load_experiment(given, options.study.overrides);
  return options.study.place_of(*experiment);
}

std::string holder_text(const LeaseHolder& holder) {
  return "process " + std::to_string(holder.pid) + " on " + holder.host;
}

json to_json(const RunStatus& status) {
  const StageStatus total = status.total();
  json content = {{"run", status.run},         {"name", status.name},      {"state", to_string(status.state)},
                  {"holder", nullptr},         {"done", total.done},       {"failed", total.failed},
                  {"left", total.left()},      {"total", total.total},     {"tasks_per_minute", nullptr},
                  {"expected_end", nullptr},   {"stages", json::object()}, {"running", json::array()},
                  {"failures", json::array()}, {"changes", status.changes}};
  if (status.state == RunState::running && status.holder) content["holder"] = holder_text(*status.holder);
  if (const auto rate = status.tasks_per_minute()) content["tasks_per_minute"] = *rate;
  if (const auto left = status.seconds_left()) content["expected_end"] = time_text(unix_seconds() + *left);
  for (const StageStatus& stage : status.stages) {
    content["stages"][stage.name] = {
        {"total", stage.total}, {"done", stage.done}, {"failed", stage.failed}, {"left", stage.left()}};
  }
  if (status.state == RunState::running && status.last_start) {
    for (const TaskAtWork& task : status.last_start->running) {
      content["running"].push_back(
          {{"task", task.task}, {"rank", task.rank}, {"node", task.node}, {"since", time_text(task.since)}});
    }
  }
  for (const Failure& failure : status.failures) {
    content["failures"].push_back({{"task", failure.task}, {"problem", failure.problem}});
  }
  return content;
}

void add_tasks_at_work(const RunStatus& status, std::string& text) {
  if (!status.last_start || status.last_start->running.empty()) return;
  const bool running = status.state == RunState::running;
  if (!running && status.state != RunState::stopped) return;
  text += running ? "running:\n" : "running when it stopped:\n";
  for (const TaskAtWork& task : status.last_start->running) {
    text += "  " + task.task + " on rank " + std::to_string(task.rank) + " (" + task.node + ") since " +
            time_text(task.since) + "\n";
  }
}

std::string to_text(const RunStatus& status) {
  std::string text = status.name + ": " + to_string(status.state);
  if (status.state == RunState::running && status.last_start) {
    text += ", " + counted(static_cast<std::uint64_t>(status.last_start->ranks), "rank") + " on";
    for (const std::string& node : status.last_start->nodes) text += " " + node;
    text += ", " + holder_text(*status.holder);
  }
  if (status.state == RunState::stopped && status.last_start) {
    text += " without a message, last seen " + time_text(status.last_start->updated);
  }
  if (!status.changes.empty()) text += ", but " + status.changes;
  text += "\n  run directory: " + status.run + "\n";
  for (const StageStatus& stage : status.stages) {
    text += "  " + stage.name + ": " + std::to_string(stage.done) + " of " + std::to_string(stage.total) +
            " done";
    if (stage.failed > 0) text += ", " + std::to_string(stage.failed) + " failed";
    if (stage.left() > 0) text += ", " + std::to_string(stage.left()) + " left";
    text += "\n";
  }
  if (const auto rate = status.tasks_per_minute()) {
    char line[64];
    std::snprintf(line, sizeof line, "  %.1f tasks a minute", *rate);
    text += line;
    if (const auto left = status.seconds_left()) {
      text += ", " + status.last_start->stage + " ends in about " + duration_text(*left) + " (" +
              time_text(unix_seconds() + *left) + ")";
    }
    text += "\n";
  }
  add_tasks_at_work(status, text);
  if (!status.failures.empty()) text += "failed:\n";
  for (const Failure& failure : status.failures) text += "  " + failure.task + ": " + failure.problem + "\n";
  const bool can_go_on = status.state == RunState::interrupted || status.state == RunState::stopped ||
                         status.state == RunState::incomplete;
  if (can_go_on) text += "Run the study's command again to resume.\n";
  return text;
}

int show_status(const StatusOptions& options) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  for (bool first = true;; first = false) {
    std::optional<config::Experiment> experiment;
    const RunPlace place = find_run(options, experiment);
    RunStatus status = read_run_status(place.run, experiment ? &*experiment : nullptr);
    if (status.name.empty() && experiment) status.name = experiment->name;
    if (first && !place.note.empty()) std::fprintf(stderr, "musicmem: %s\n", place.note.c_str());
    if (options.watch && terminal) std::printf("\033[H\033[J");
    write_output("", options.json ? json_text(to_json(status)) : to_text(status));
    const bool at_end = status.state == RunState::done || status.state == RunState::failed;
    if (!options.watch || at_end) return exit_code::done;
    std::this_thread::sleep_for(watch_interval);
  }
}

}  // namespace

void add_status_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App* command =
      app.add_subcommand("status", "Show a run's progress: done, running, failed, left, expected end");
  command->add_option("run", options->study.experiment, "run directory, or the YAML file of its study")
      ->required()
      ->type_name("RUN");
  command->add_option("override", options->study.overrides, "dotted.path=value, with a YAML file only")
      ->type_name("KEY=VALUE");
  command->add_option("--run-dir", options->study.run_directory, "run directory, with a YAML file only")
      ->type_name("DIR");
  command->add_flag("--json", options->json, "as JSON");
  command->add_flag("--watch", options->watch, "refresh every 2 s until nothing is left to do");
  command->footer(
      "Reads files only, so it works on any node that sees them, while the study runs and after it was "
      "killed.\nExample:\n  musicmem status runs/demo --watch");
  command->callback([&action, options] {
    action.run = [options](distributed::World& world) {
      return on_rank_zero(world, [&] { return show_status(*options); });
    };
  });
}

}  // namespace musicmem::launcher
