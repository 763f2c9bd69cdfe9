// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "config/nearest.h"
#include "distributed/world.h"
#include "launcher/commands.h"
#include "launcher/machine_check.h"
#include "launcher/together.h"
#include "launcher/versions.h"
#include "models/blas_kernels.h"
#include "models/gpus.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace musicmem::launcher {
namespace {

constexpr const char* examples = R"(Examples:
  musicmem demo-data demo                        a small synthetic study to try things on
  mpirun -np 4 musicmem run demo/experiment.yaml prepare, train and report on four ranks
  musicmem run study.yaml cross_validation.folds=5
  musicmem predict --run demo/runs/demo --model svr clip.wav

Run the same command again after a crash or an interrupt: it goes on where it stopped.
Exit codes: 0 done, 1 error, 2 usage, 3 done with failed tasks, 75 interrupted.)";

void print_error(const std::string& line) {
  std::fprintf(stderr, "musicmem: error: %s\n", line.c_str());
}

// What was wrong with the command line, with the nearest known command where the first word is none.
std::string usage_problem(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  std::vector<std::string> known;
  for (const CLI::App* command : app.get_subcommands({})) known.push_back(command->get_name());
  if (!first.empty() && first[0] != '-' && std::find(known.begin(), known.end(), first) == known.end()) {
    return "unknown command '" + first + "'; " + config::suggestion(first, known);
  }
  return std::string(error.what()) + "; see musicmem " +
         (first.empty() || first[0] == '-' ? "" : first + " ") + "--help";
}

// Whatever command printed it.
void require_whole_output() {
  if (!std::cout.flush() || std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    throw Error("standard output cannot be written", "", "check where it goes, and the free space there");
  }
}

int run_program(distributed::World& world, int argc, char** argv) {
  CLI::App app("MusicMem: how memorable is a piece of music? A distributed cross-validation study.",
               "musicmem");
  app.footer(examples);
  app.set_version_flag("--version", "musicmem " + program_version() + " (" + source_revision() + ")");
  app.require_subcommand(1);
  Action action;
  add_study_commands(app, action);
  add_report_command(app, action);
  add_status_command(app, action);
  add_validate_command(app, action);
  add_doctor_command(app, action);
  add_explain_command(app, action);
  add_predict_command(app, action);
  add_features_command(app, action);
  add_shift_command(app, action);
  add_table_commands(app, action);
  add_demo_data_command(app, action);
  add_emotion_command(app, action);
  add_bench_command(app, action);
  add_inspect_command(app, action);
  add_export_weights_command(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      if (world.rank() == 0) app.exit(error);
      require_whole_output();
      return exit_code::done;
    }
    if (world.rank() == 0) print_error(usage_problem(app, error, argc, argv));
    return world.rank() == 0 ? exit_code::usage : exit_code::done;
  }
  const int code = action(world);
  require_whole_output();
  return code;
}

// Runs the program and turns every error into one line and an exit code. An error that all ranks share is
// rank 0's to tell; a rank that fails alone takes the others down.
int run_and_report_errors(distributed::World& world, int argc, char** argv) {
  try {
    return run_program(world, argc, argv);
  } catch (const CommonError& error) {
    world.communicator().set_deadline(exit_deadline);
    if (world.rank() != 0) return exit_code::done;
    print_error(error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    print_error("out of memory; use fewer ranks on a node, or a machine with more memory");
    return world.abort(exit_code::error);
  } catch (const distributed::TimeoutError& error) {  // another start may find the ranks in better health
    print_error(std::string(error.what()) + "; the job ends, run the same command again to resume");
    return world.abort(exit_code::interrupted);
  } catch (const std::exception& error) {
    print_error(world.size() > 1 ? "rank " + std::to_string(world.rank()) + ": " + error.what()
                                 : error.what());
    return world.abort(exit_code_of(error));
  }
}

}  // namespace
}  // namespace musicmem::launcher

namespace {

// Others are spared the second start.
bool computes(std::string_view command) {
  constexpr std::array<std::string_view, 9> commands = {
      "bench", "doctor", "emotion", "explain", "features", "predict", "prepare", "run", "train"};
  return std::find(commands.begin(), commands.end(), command) != commands.end();
}

// Draws figures, or looks at whether they can be drawn.
bool needs_scratch(std::string_view command) {
  return command == "run" || command == "report" || command == "explain" || command == "doctor";
}

int run(int argc, char** argv) {
  musicmem::models::make_gpus_repeatable();
  const std::string scratch_problem = musicmem::launcher::settle_temporary_directory();
  try {
    musicmem::distributed::World world;
    if (!scratch_problem.empty() && world.rank() == 0 && needs_scratch(argc > 1 ? argv[1] : "")) {
      std::fprintf(stderr, "musicmem: warning: %s\n", scratch_problem.c_str());
    }
    return world.leave(musicmem::launcher::run_and_report_errors(world, argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "musicmem: error: %s\n", error.what());
    return musicmem::launcher::exit_code::error;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && computes(argv[1])) musicmem::models::restart_with_fitting_blas(argv);
  const int code = run(argc, argv);
#ifdef __SANITIZE_ADDRESS__
  return code;  // leaks are looked for on the way out
#else
  // All that matters is written and closed; taking LibTorch's tables apart would cost a tenth of a second.
  std::fflush(nullptr);
  std::_Exit(code);
#endif
}
