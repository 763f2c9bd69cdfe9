// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/report/report.h"

#include "config/counted.h"
#include "config/error.h"
#include "launcher/commands/commands.h"
#include "launcher/run/timings.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

struct ReportOptions {
  std::vector<std::string> runs;
  std::string output;
  bool allow_partial = false;
};

// What each run is called in a comparison: its directory's name, with its parents where two are alike.
std::vector<std::string> names_of(const std::vector<std::string>& runs) {
  std::vector<fs::path> paths;
  for (const std::string& run : runs) {
    const fs::path path = fs::absolute(run).lexically_normal();
    paths.push_back(path.has_filename() ? path : path.parent_path());
  }
  std::vector<std::string> names;
  for (const fs::path& path : paths) {
    const auto same = [&](const fs::path& other) { return other.filename() == path.filename(); };
    const bool alone = std::count_if(paths.begin(), paths.end(), same) == 1;
    names.push_back(alone ? path.filename().string()
                          : path.parent_path().filename().string() + "/" + path.filename().string());
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::count(names.begin(), names.end(), names[i]) > 1) names[i] += " (" + std::to_string(i + 1) + ")";
  }
  return names;
}

// A run beside itself would have every test twice.
void refuse_a_run_given_twice(const std::vector<std::string>& runs) {
  std::map<fs::path, std::string> given;
  for (const std::string& run : runs) {
    const auto [known, is_new] = given.emplace(fs::weakly_canonical(fs::absolute(run) / ""), run);
    if (is_new) continue;
    const std::string other = known->second == run ? "" : ", as " + known->second + " as well";
    throw usage_error("the run " + run + " is given twice" + other, "report",
                      "give each run once; one alone has its own report");
  }
}

std::unique_ptr<Report> read_report(const ReportOptions& options) {
  if (options.runs.size() == 1) {
    const RunDirectory run = open_run(options.runs.front());
    RunResults results = read_run_results(run);
    std::vector<Explanation> explanations = read_explanations(run, results.plan);
    return make_report(std::move(results), std::move(explanations), options.allow_partial);
  }
  std::vector<RunResults> runs;
  for (const std::string& run : options.runs) runs.push_back(read_run_results(open_run(run)));
  return make_report(merge_runs(std::move(runs), names_of(options.runs)), {}, options.allow_partial);
}

// Says which fits do not count; true where one is damaged.
bool warn_of_missing(const RunResults& results) {
  if (results.missing.empty()) return false;
  std::fprintf(
      stderr,
      "musicmem: warning: %zu of %zu fits are missing or damaged and left out; the report lists them\n",
      results.missing.size(), results.plan.fits.size());
  constexpr int most_named = 10;
  int damaged = 0;
  for (const MissingFit& fit : results.missing) {
    if (!fit.is_damaged || damaged++ >= most_named) continue;
    std::fprintf(stderr, "musicmem: error: fit %s: %s\n", fit.directory.c_str(), fit.reason.c_str());
  }
  if (damaged > 0) {
    std::fprintf(stderr, "musicmem: %s damaged; run the study again to replace what is damaged\n",
                 counted(static_cast<std::uint64_t>(damaged), "fit").c_str());
  }
  return damaged > 0;
}

int report_on(ReportOptions options, int ranks) {
  const auto start = std::chrono::steady_clock::now();
  for (std::string& run : options.runs) {
    if (fs::is_regular_file(run)) run = open_run(run).path().string();
  }
  refuse_a_run_given_twice(options.runs);
  if (options.runs.size() > 1 && options.output.empty()) {
    throw usage_error("a comparison of several runs needs --output DIR", "report");
  }
  const std::unique_ptr<Report> report = read_report(options);
  const fs::path directory =
      options.output.empty() ? open_run(options.runs.front()).report() : fs::path(options.output);
  write_report(*report, directory);
  if (options.output.empty()) {  // the run's own report, so that the run says what it took
    const RunDirectory run = open_run(options.runs.front());
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    record_command(run, "report", ranks, seconds);
  }
  const RunResults& results = report->results;
  std::printf("%s\n%s\n", summary_table(results).c_str(), report_place(directory).c_str());
  const bool any_damaged = warn_of_missing(results);
  return results.failures.empty() && !any_damaged ? exit_code::done : exit_code::failed_tasks;
}

}  // namespace

void add_report_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command =
      app.add_subcommand("report", "Write the cross-validation report of a run, or compare several runs");
  command
      ->add_option(
          "run", options->runs,
          "run directories, or the YAML files of their studies; several are compared on the same tracks and "
          "folds")
      ->required()
      ->type_name("RUN");
  command->add_option("--output", options->output, "directory of the report (default: RUN/report)")
      ->type_name("DIR");
  command->add_flag("--allow-partial", options->allow_partial,
                    "test differences on the folds that are complete, although fits are missing");
  command->footer(
      "Writes index.html, report.md, report.tex, CSV, JSON and figures.\n"
      "Exits 3 if a run has failed tasks or damaged fits.\n"
      "Examples:\n  musicmem report runs/demo\n  musicmem report runs/first runs/second --output comparison");
  command->callback([&action, options] {
    action.draws = true;
    action.run = [options](distributed::World& world) {
      return on_rank_zero(world, [&] { return report_on(*options, world.size()); });
    };
  });
}

}  // namespace musicmem::launcher
