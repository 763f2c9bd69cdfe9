// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/timings.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "launcher/run/json_file.h"
#include "launcher/run/run_log.h"
#include "launcher/run/run_progress.h"
#include "launcher/text/document.h"
#include "launcher/text/markup.h"
#include "launcher/text/time_text.h"
#include "models/statistics/bootstrap.h"

#include <algorithm>
#include <cmath>
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

// All lines of timings.jsonl, added up.
struct Recorded {
  std::vector<Row> starts;
  std::vector<Row> stages;
  std::map<std::string, std::vector<double>> kinds;  // seconds of each task
  double first = 0.0;  // seconds since the Unix epoch of the first start; 0: not known
  double last = 0.0;
  double wall_seconds = 0.0;
  double rank_seconds = 0.0;
};

void add_line(const json& line, Recorded& recorded) {
  if (line.contains("command")) {
    const double time = line.value("time", 0.0);
    if (time > 0.0) recorded.last = time;
    if (recorded.first == 0.0) recorded.first = time;
    recorded.starts.push_back({line.value("command", ""), time > 0.0 ? time_text(time) : "-",
                               std::to_string(line.value("ranks", 0))});
  }
  if (line.contains("task"))
    recorded.kinds[kind_of(line.value("task", ""))].push_back(line.value("seconds", 0.0));
  if (line.contains("stage")) {
    const int ranks = line.value("ranks", 0);
    const double wall = line.value("wall_seconds", 0.0);
    recorded.wall_seconds += wall;
    recorded.rank_seconds += wall * ranks;
    recorded.stages.push_back({line.value("stage", ""), std::to_string(line.value("tasks", 0)),
                               std::to_string(ranks), rounded(wall, 2), rounded(wall * ranks, 2)});
  }
}

Recorded read_recorded(const RunDirectory& run) {
  std::ifstream file;
  std::error_code unknown;
  // What is no regular file, such as a link to a device, may have no end.
  if (fs::is_regular_file(timings_file(run), unknown)) file.open(timings_file(run));
  Recorded recorded;
  for (std::string text; std::getline(file, text);) {
    try {
      add_line(json::parse(text), recorded);
    } catch (const json::exception&) {
      continue;  // a line that a crash cut off, or that no start wrote
    }
  }
  return recorded;
}

std::vector<std::pair<std::string, std::string>> totals_of(const Recorded& recorded) {
  constexpr double seconds_per_hour = 3600.0;
  std::vector<std::pair<std::string, std::string>> facts;
  if (recorded.first > 0.0) facts.emplace_back("first start", time_text(recorded.first));
  if (recorded.last > recorded.first) facts.emplace_back("last start", time_text(recorded.last));
  facts.emplace_back("starts", std::to_string(recorded.starts.size()));
  facts.emplace_back("wall time of all stages", duration_text(recorded.wall_seconds));
  facts.emplace_back("processor hours (wall time of each stage times its ranks)",
                     rounded(recorded.rank_seconds / seconds_per_hour, 3));
  return facts;
}

// The study's name, as its manifest has it; empty where that cannot be read.
std::string study_of(const RunDirectory& run) {
  try {
    return "Study " + read_json(run.manifest()).at("name").get<std::string>();
  } catch (const std::exception&) {
    return "";  // a page on time is no place to complain of a manifest
  }
}

}  // namespace

void record_start(const RunDirectory& run, int ranks) {
  append(run, {{"command", own_command_line()}, {"ranks", ranks}, {"time", std::round(unix_seconds())}});
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
  const Recorded recorded = read_recorded(run);
  std::vector<Row> tasks;
  for (const auto& [kind, seconds] : recorded.kinds) tasks.push_back(kind_row(kind, seconds));
  const auto named = [](const char* title) { return Column{title, Column::Kind::name}; };
  Document page{
      .title = "Run time and cost",
      .sections = {
          {"totals", "Totals", {{Facts{totals_of(recorded)}}}},
          {"starts",
           "Starts",
           {{Table{.columns = {named("command"), named("begun"), {"ranks"}}, .rows = recorded.starts}}}},
          {"stages",
           "Stages",
           {{Table{
               .columns = {named("stage"), {"tasks"}, {"ranks"}, {"wall time, s"}, {"cost, rank seconds"}},
               .rows = recorded.stages}}}},
          {"tasks",
           "Tasks",
           {{Table{.columns = {named("kind"), {"tasks"}, {"sum, s"}, {"median, s"}, {"longest, s"}},
                   .rows = tasks}}}}}};
  page.subject = study_of(run);
  if (fs::exists(run.report() / "index.html")) {
    const std::string report = "../" + run.report().filename().string() + "/index.html";
    page.sections.front().blocks.push_back(
        {Paragraph{{"What the run found: ", {report, Span::Style::link}, "."}}});
  }
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
