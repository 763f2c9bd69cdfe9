// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/world.h"
#include "launcher/run/exit_code.h"
#include "launcher/run/run_directory.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

// The program's commands. Each function adds one command (or a few that belong together) to the command line;
// parsing it sets `action`, which main then runs on every rank: it returns the exit code and throws Error.
namespace musicmem::launcher {

struct Action {
  std::function<int(distributed::World&)> run;
  bool computes = false;  // enough to look at the BLAS library's kernels first: settle_blas_kernels()
  bool draws = false;     // figures, which need scratch files
};

// How long the ranks wait for each other once nothing but the end of the program is left to do.
inline constexpr std::chrono::minutes exit_deadline{1};

void add_study_commands(CLI::App& app, Action& action);  // run, prepare, train
void add_report_command(CLI::App& app, Action& action);
void add_status_command(CLI::App& app, Action& action);
void add_runs_command(CLI::App& app, Action& action);
void add_validate_command(CLI::App& app, Action& action);
void add_doctor_command(CLI::App& app, Action& action);
void add_explain_command(CLI::App& app, Action& action);
void add_predict_command(CLI::App& app, Action& action);
void add_features_command(CLI::App& app, Action& action);
void add_settings_command(CLI::App& app, Action& action);
void add_shift_command(CLI::App& app, Action& action);
void add_table_commands(CLI::App& app, Action& action);  // export, import
void add_scores_command(CLI::App& app, Action& action);
void add_demo_data_command(CLI::App& app, Action& action);
void add_emotion_command(CLI::App& app, Action& action);  // emotion train
void add_bench_command(CLI::App& app, Action& action);    // bench features
void add_inspect_command(CLI::App& app, Action& action);
void add_export_weights_command(CLI::App& app, Action& action);

// How a study and the place of its run are given, the same for all commands that take them.
struct StudyArguments {
  std::string experiment;  // file
  std::vector<std::string> overrides;
  std::string run_directory;  // empty: runs/<name> beside the file

  void add_to(CLI::App& command);  // must live as long as the command
  RunPlace place_of(const config::Experiment& study) const;
};

// For commands that one process does alone: runs `work` on rank 0, the others wait. A failure is thrown on
// all ranks.
int on_rank_zero(distributed::World& world, const std::function<int()>& work);

// Writes bytes to `output`, or to standard output where it is empty.
void write_output(const std::string& output, const std::string& bytes);

}  // namespace musicmem::launcher
