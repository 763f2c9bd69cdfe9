// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "config/nearest.h"
#include "distributed/agreement.h"
#include "distributed/world.h"
#include "launcher/commands/commands.h"
#include "launcher/commands/machine_check.h"
#include "launcher/run/versions.h"
#include "models/machine/blas_kernels.h"
#include "models/machine/gpus.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <string>

#include <CLI/CLI.hpp>

namespace musicmem::launcher {
namespace {

constexpr const char* examples = R"(Examples:
  musicmem demo-data demo                        a small synthetic study to try things on
  mpirun -np 4 musicmem run demo/experiment.yaml prepare, train and report on four ranks
  musicmem run study.yaml cross_validation.folds=5
  musicmem predict --run demo/runs/demo --model svr clip.wav

Run the same command again after a crash or an interrupt: it resumes.
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

// What the command line asks for, read before the ranks meet.
class CommandLine {
 public:
  CommandLine(int argc, char** argv) : argc_(argc), argv_(argv) {
    app_.footer(examples);
    app_.set_version_flag("--version", "musicmem " + program_version() + " (" + source_revision() + ")");
    app_.require_subcommand(1);
    for (const auto add : {add_study_commands, add_report_command, add_status_command, add_runs_command,
                           add_validate_command, add_doctor_command, add_explain_command, add_predict_command,
                           add_features_command, add_shift_command, add_settings_command, add_table_commands,
                           add_scores_command, add_demo_data_command, add_emotion_command, add_bench_command,
                           add_inspect_command, add_export_weights_command}) {
      add(app_, action_);
    }
    try {
      app_.parse(argc, argv);
    } catch (...) {
      problem_ = std::current_exception();
    }
  }

  bool computes() const { return action_.computes; }
  bool draws() const { return action_.draws; }

  // Returns the exit code.
  int run(distributed::World& world) const {
    try {
      if (problem_) std::rethrow_exception(problem_);
    } catch (const CLI::ParseError& error) {
      return explain(error, world.rank() == 0);
    }
    const int code = action_.run(world);
    require_whole_output();
    return code;
  }

 private:
  // Help and the version were asked for, or the command line is wrong.
  int explain(const CLI::ParseError& error, bool aloud) const {
    if (error.get_exit_code() == 0) {
      if (aloud) app_.exit(error);
      require_whole_output();
      return exit_code::done;
    }
    if (aloud) print_error(usage_problem(app_, error, argc_, argv_));
    return aloud ? exit_code::usage : exit_code::done;
  }

  int argc_;
  char** argv_;
  CLI::App app_{"MusicMem: how memorable is a piece of music? A distributed cross-validation study.",
                "musicmem"};
  Action action_;
  std::exception_ptr problem_;
};

// Runs the program and turns every error into one line and an exit code. An error that all ranks share is
// rank 0's to tell; a rank that fails alone takes the others down.
int run_and_report_errors(distributed::World& world, const CommandLine& command) {
  try {
    return command.run(world);
  } catch (const distributed::SharedError& error) {
    world.communicator().set_deadline(exit_deadline);
    if (world.rank() != 0) return exit_code::done;
    print_error(error.what());
    return exit_code_of(error.kind());
  } catch (const std::bad_alloc&) {
    print_error("out of memory; use fewer ranks on a node, or a machine with more memory");
    return world.abort(exit_code::error);
  } catch (const distributed::TimeoutError& error) {
    print_error(std::string(error.what()) + "; the job ends, run the same command again to resume");
    return world.abort(exit_code_of(distributed::kind_of(error)));
  } catch (const std::exception& error) {
    print_error(world.size() > 1 ? "rank " + std::to_string(world.rank()) + ": " + error.what()
                                 : error.what());
    return world.abort(exit_code_of(distributed::kind_of(error)));
  }
}

}  // namespace
}  // namespace musicmem::launcher

namespace {

int run(const musicmem::launcher::CommandLine& command) {
  musicmem::models::make_gpus_repeatable();
  const std::string& scratch_problem = musicmem::launcher::settle_temporary_directory();
  try {
    musicmem::distributed::World world;
    if (!scratch_problem.empty() && world.rank() == 0 && command.draws()) {
      std::fprintf(stderr, "musicmem: warning: %s\n", scratch_problem.c_str());
    }
    return world.leave(musicmem::launcher::run_and_report_errors(world, command));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "musicmem: error: %s\n", error.what());
    return musicmem::launcher::exit_code::error;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const musicmem::launcher::CommandLine command(argc, argv);
  if (command.computes()) musicmem::models::settle_blas_kernels();
  const int code = run(command);
#ifdef __SANITIZE_ADDRESS__
  return code;  // leaks are looked for on the way out
#else
  // All that matters is written and closed. A command that opened LibTorch would spend a tenth of a second on
  // taking its tables apart.
  std::fflush(nullptr);
  std::_Exit(code);
#endif
}
