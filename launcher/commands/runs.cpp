// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/commands/commands.h"
#include "launcher/results/run_list.h"
#include "launcher/run/json_file.h"
#include "launcher/text/document.h"
#include "launcher/text/markup.h"

#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

using nlohmann::json;

struct RunsOptions {
  std::string folder = ".";
  bool json = false;
};

// "models.svr.C 1 -> 10, models.mlp (only here)"
std::string differences_text(const ListedRun& run) {
  std::vector<std::string> texts;
  for (const auto& [path, first, here] : run.differences) {
    texts.push_back(first.empty()  ? path + " (only here)"
                    : here.empty() ? path + " (not here)"
                                   : path + " " + first + " -> " + here);
  }
  if (!run.compared_with.empty() && texts.empty()) return "none";
  return texts.empty() ? "-" : fmt::format("{}", fmt::join(texts, ", "));
}

std::string to_text(const std::vector<ListedRun>& runs, const std::string& folder) {
  using enum Column::Kind;
  if (runs.empty()) return "no runs below " + folder + "\n";
  Table table{.columns = {{"run", name},
                          {"study", name},
                          {"state", name},
                          {"done", count},
                          {"best", name},
                          {"pooled Spearman"},
                          {"95 % interval", interval},
                          {"settings that differ from the study's first run here", name}}};
  for (const ListedRun& run : runs) {
    if (!run.problem.empty()) {
      table.rows.push_back({run.path.string(), "-", "cannot be read", "-", "-", "-", "-", run.problem});
      continue;
    }
    const StageStatus total = run.status.total();
    table.rows.push_back({run.path.string(),
                          run.status.name,
                          to_string(run.status.state) + (run.status.changes.empty() ? "" : ", changed since"),
                          {total.done, total.total},
                          run.score ? run.score->name : "-",
                          rounded(run.score ? std::optional(run.score->pooled_spearman) : std::nullopt),
                          run.score ? run.score->interval : std::nullopt,
                          differences_text(run)});
  }
  return as_text(table);
}

json to_json(const ListedRun& run) {
  json content = {{"run", run.path.string()}};
  if (!run.problem.empty()) {
    content["problem"] = run.problem;
    return content;
  }
  const StageStatus total = run.status.total();
  content["study"] = run.status.name;
  content["state"] = to_string(run.status.state);
  content["changes"] = run.status.changes;
  content["done"] = total.done;
  content["total"] = total.total;
  content["failed"] = total.failed;
  if (run.score) {
    content["best"] = run.score->name;
    content["pooled_spearman"] = run.score->pooled_spearman;
    if (run.score->interval) content["interval"] = {run.score->interval->low, run.score->interval->high};
  }
  if (run.compared_with.empty()) return content;
  content["compared_with"] = run.compared_with;
  content["differences"] = json::object();
  for (const auto& [path, first, here] : run.differences)
    content["differences"][path] = {{"first", first}, {"here", here}};
  return content;
}

int show_runs(const RunsOptions& options) {
  const std::vector<ListedRun> runs = list_runs(options.folder);
  if (!options.json) {
    write_output("", to_text(runs, options.folder));
    return exit_code::done;
  }
  json content = json::array();
  for (const ListedRun& run : runs) content.push_back(to_json(run));
  write_output("", json_text(content));
  return exit_code::done;
}

}  // namespace

void add_runs_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<RunsOptions>();
  CLI::App* command = app.add_subcommand(
      "runs", "List the runs below a folder: state, best score, the settings in which they differ");
  command->add_option("folder", options->folder, "folder that runs lie in, at any depth")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_flag("--json", options->json, "as JSON");
  command->footer(
      "Reads files only. Scores are those of each run's report; settings are compared with those of the first run of "
      "the same study, by path.\nExample:\n  musicmem runs runs");
  command->callback([&action, options] {
    action.run = [options](distributed::World& world) {
      return on_rank_zero(world, [&] { return show_runs(*options); });
    };
  });
}

}  // namespace musicmem::launcher
