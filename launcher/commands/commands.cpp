// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/commands/commands.h"

#include "config/experiment.h"
#include "data/files/durable_file.h"
#include "distributed/wire.h"

#include <chrono>
#include <cstdio>
#include <optional>

#include <CLI/CLI.hpp>

namespace musicmem::launcher {

void StudyArguments::add_to(CLI::App& command) {
  command.add_option("experiment", experiment, "YAML file of the study")->required()->type_name("EXPERIMENT");
  command.add_option("override", overrides, "dotted.path=value, overrides the file")->type_name("KEY=VALUE");
  command
      .add_option("--run-dir", run_directory, "run directory (default: runs/<name> beside the experiment)")
      ->type_name("DIR");
}

RunPlace StudyArguments::place_of(const config::Experiment& study) const {
  return run_place(experiment, study, run_directory.empty() ? std::nullopt : std::optional(run_directory));
}

int on_rank_zero(distributed::World& world, const std::function<int()>& work) {
  constexpr std::chrono::hours longest_command{24};
  world.communicator().set_deadline(longest_command);
  int code = exit_code::done;
  from_rank_zero(world.communicator(), "waiting for rank 0", [&] { code = work(); });
  world.communicator().set_deadline(exit_deadline);
  return code;
}

void write_output(const std::string& output, const std::string& bytes) {
  if (!output.empty()) {
    const std::filesystem::path path = std::filesystem::weakly_canonical(std::filesystem::absolute(output));
    data::make_directories(path.parent_path());
    // A pipe or a device is written into, not replaced.
    const bool special = std::filesystem::exists(path) && !std::filesystem::is_regular_file(path);
    special ? data::write_file(path, bytes) : data::write_file_durably(path, bytes);
    return;
  }
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size() || std::fflush(stdout) != 0) {
    throw Error("standard output cannot be written", "", "check where it goes, and the free space there");
  }
}

}  // namespace musicmem::launcher
