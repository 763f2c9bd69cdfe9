// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/commands.h"
#include "launcher/report.h"

#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

namespace musicmem::launcher {
namespace {

struct ReportOptions {
  std::string run;
  std::string output;
};

int make_report(const ReportOptions& options) {
  const RunDirectory run = open_run(options.run);
  const RunResults results = read_run_results(run);
  const std::filesystem::path directory =
      options.output.empty() ? run.report() : std::filesystem::path(options.output);
  write_report(results, directory);
  std::printf("%s\nreport: %s\n", summary_table(results).c_str(), (directory / "report.md").c_str());
  if (!results.missing.empty()) {
    std::fprintf(stderr, "musicmem: warning: %zu of %zu fits are missing; the report names them\n",
                 results.missing.size(), results.plan.fits.size());
  }
  return results.failures.empty() ? exit_code::done : exit_code::failed_tasks;
}

}  // namespace

void add_report_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command = app.add_subcommand("report", "Aggregate a run's fits into its cross-validation report");
  command->add_option("run", options->run, "run directory")->required()->type_name("RUN");
  command->add_option("--output", options->output, "directory of the report (default: RUN/report)")
      ->type_name("DIR");
  command->footer(
      "Exits 3 if the run has failed tasks.\nExample:\n  musicmem report runs/demo --output paper/tables");
  command->callback([&action, options] {
    action = [options](distributed::World& world) {
      return on_rank_zero(world, [&] { return make_report(*options); });
    };
  });
}

}  // namespace musicmem::launcher
