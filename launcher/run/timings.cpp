// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/timings.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "launcher/run/run_log.h"
#include "launcher/text/document.h"
#include "launcher/text/markup.h"
#include "models/statistics/bootstrap.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

fs::path timings_file(const RunDirectory& run) {
  return run.logs() / "timings.jsonl";
}

void append(const RunDirectory& run, const json& line) {
  data::make_directories(run.logs());
  data::append_to_file(timings_file(run), line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

std::string own_command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  std::string text = content.str();
  while (!text.empty() && text.back() == '\0') text.pop_back();
  std::replace(text.begin(), text.end(), '\0', ' ');
  return text;
}

// "fit svr/vanilla/seed-none/fold-0" belongs to "fit svr/vanilla", "prepare clip.wav" to "prepare".
std::string kind_of(const std::string& task) {
  const std::size_t space = task.find(' ');
  if (task.compare(0, space, "prepare") == 0) return task.substr(0, space);
  const std::size_t seed = task.find("/seed-");
  return task.substr(0, seed);
}

using Row = std::vector<Cell>;

Row kind_row(const std::string& kind, std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  double sum = 0.0;
  for (const double s : seconds) sum += s;
  return {kind, std::to_string(seconds.size()), rounded(sum, 2), rounded(models::quantile(seconds, 0.5)),
          rounded(seconds.back())};
}

distributed::TaskOutcome one_task(double seconds) {
  distributed::TaskOutcome outcome;
  outcome.succeeded = true;
  outcome.seconds = seconds;
  return outcome;
}

}  // namespace

void record_start(const RunDirectory& run, int ranks) {
  append(run, {{"command", own_command_line()}, {"ranks", ranks}});
}

void record_stage(const RunDirectory& run, const std::string& stage, int ranks, double wall_seconds,
                  const std::vector<std::string>& names,
                  const std::vector<distributed::TaskOutcome>& outcomes) {
  for (const distributed::TaskOutcome& outcome : outcomes) {
    append(run, {{"task", names[outcome.task]},
                 {"rank", outcome.rank},
                 {"seconds", outcome.seconds},
                 {"succeeded", outcome.succeeded}});
  }
  append(run,
         {{"stage", stage}, {"ranks", ranks}, {"wall_seconds", wall_seconds}, {"tasks", outcomes.size()}});
}

void record_stage(const RunDirectory& run, const std::string& stage, int ranks, double wall_seconds) {
  record_stage(run, stage, ranks, wall_seconds, {stage}, {one_task(wall_seconds)});
}

void write_timings_page(const RunDirectory& run) {
  std::ifstream file;
  std::error_code unknown;
  // What is no regular file, such as a link to a device, may have no end.
  if (std::filesystem::is_regular_file(timings_file(run), unknown)) file.open(timings_file(run));
  std::vector<Row> starts;
  std::vector<Row> stages;
  std::map<std::string, std::vector<double>> kinds;
  for (std::string text; std::getline(file, text);) {
    try {
      const json line = json::parse(text);
      if (line.contains("command"))
        starts.push_back({line.value("command", ""), std::to_string(line.value("ranks", 0))});
      if (line.contains("task")) kinds[kind_of(line.value("task", ""))].push_back(line.value("seconds", 0.0));
      if (line.contains("stage")) {
        const int ranks = line.value("ranks", 0);
        const double wall = line.value("wall_seconds", 0.0);
        stages.push_back({line.value("stage", ""), std::to_string(line.value("tasks", 0)),
                          std::to_string(ranks), rounded(wall, 2), rounded(wall * ranks, 2)});
      }
    } catch (const json::exception&) {
      continue;  // a line that a crash cut off, or that no start wrote
    }
  }
  std::vector<Row> tasks;
  for (const auto& [kind, seconds] : kinds) tasks.push_back(kind_row(kind, seconds));
  const auto named = [](const char* title) { return Column{title, Column::Kind::name}; };
  const Document page{
      .title = "Run time and cost",
      .sections = {
          {"starts", "Starts", {{Table{.columns = {named("command"), {"ranks"}}, .rows = starts}}}},
          {"stages",
           "Stages",
           {{Table{
               .columns = {named("stage"), {"tasks"}, {"ranks"}, {"wall time, s"}, {"cost, rank seconds"}},
               .rows = stages}}}},
          {"tasks",
           "Tasks",
           {{Table{.columns = {named("kind"), {"tasks"}, {"sum, s"}, {"median, s"}, {"longest, s"}},
                   .rows = tasks}}}}}};
  data::write_file_durably(run.logs() / "timings.html", as_html(page));
}

void record_command(const RunDirectory& run, const std::string& stage, int ranks, double wall_seconds,
                    const std::vector<std::string>& names,
                    const std::vector<distributed::TaskOutcome>& outcomes) {
  try {
    record_start(run, ranks);
    record_stage(run, stage, ranks, wall_seconds, names, outcomes);
    write_timings_page(run);
  } catch (const Error& error) {
    warn_unwritten(error.what());
  }
}

void record_command(const RunDirectory& run, const std::string& stage, int ranks, double wall_seconds) {
  record_command(run, stage, ranks, wall_seconds, {stage}, {one_task(wall_seconds)});
}

}  // namespace musicmem::launcher
