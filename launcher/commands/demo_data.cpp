// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/experiment.h"
#include "data/demo/study.h"
#include "launcher/commands/commands.h"

#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <unistd.h>

namespace musicmem::launcher {
namespace {

int make_demo(const data::DemoOptions& options) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const data::DemoSummary summary = data::make_demo_study(options, [&](int done, int total) {
    if (terminal) std::fprintf(stderr, "\rrendering clip %d of %d%s", done, total, done == total ? "\n" : "");
  });
  std::printf("synthetic study of %d clips (seed %llu), mean score %.3f, spread %.3f: %s\n", summary.clips,
              static_cast<unsigned long long>(summary.seed), summary.mean_score, summary.score_spread,
              summary.experiment.c_str());
  return exit_code::done;
}

}  // namespace

void add_demo_data_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<data::DemoOptions>();
  auto directory = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("demo-data", "Render a labelled synthetic study with known effects");
  command->add_option("directory", *directory, "where to write it")->required()->type_name("DIR");
  command->add_option("--clips", options->clips, "number of clips")->capture_default_str();
  command->add_option("--seed", options->seed, "the same seed gives the same bytes")->capture_default_str();
  command->add_flag("--ssast", options->ssast, "the experiment trains a small transformer as well");
  command->add_flag("--groups", options->groups,
                    "five clips each of artists that share sound and score: folds that part them flatter");
  command->footer(
      "Example:\n  musicmem demo-data demo --clips 60 --seed 7 && musicmem run demo/experiment.yaml");
  command->callback([&action, options, directory] {
    options->directory = *directory;
    action.run = [options](distributed::World& world) {
      return on_rank_zero(world, [&] { return make_demo(*options); });
    };
  });
}

}  // namespace musicmem::launcher
