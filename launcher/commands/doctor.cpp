// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/counted.h"
#include "distributed/cores.h"
#include "launcher/commands/commands.h"
#include "launcher/commands/machine_check.h"
#include "launcher/commands/mpi_check.h"
#include "launcher/run/versions.h"

#include <cstdio>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace musicmem::launcher {
namespace {

Examined examine_ranks(const distributed::World& world) {
  std::string found = counted(static_cast<std::uint64_t>(world.size()), "rank") + ", " +
                      std::to_string(world.local_size()) + " on this node (" + world.host_name() + ") with " +
                      counted(static_cast<std::uint64_t>(world.node_cores()), "core");
  if (const auto memory = distributed::memory_per_rank(world.local_size())) {
    found += fmt::format(", {:.1f} GB of memory each", static_cast<double>(*memory) / 1e9);
  }
  if (world.local_size() > world.node_cores()) {
    return {Verdict::note, "ranks", found, "more ranks than cores, so they wait for each other; start fewer"};
  }
  if (world.size() == 1 && world.node_cores() > 1) {
    return {
        Verdict::note, "ranks", found,
        "start one rank per core: mpirun -np " + std::to_string(world.node_cores()) + " musicmem run ..."};
  }
  return {Verdict::good, "ranks", found, ""};
}

Examined examine_program() {
  std::string found = program_version() + " (" + source_revision() + ")";
  for (const auto& [name, version] : library_versions()) {
    if (name != "musicmem") found += ", " + name + " " + version;
  }
  return {Verdict::good, "musicmem", found, ""};
}

void print(const Examined& examined) {
  const char* verdict = examined.verdict == Verdict::good   ? "ok  "
                        : examined.verdict == Verdict::note ? "note"
                                                            : "BAD ";
  std::printf("%s %-8s %s\n", verdict, examined.what.c_str(), examined.found.c_str());
  if (!examined.advice.empty()) std::printf("              -> %s\n", examined.advice.c_str());
}

int examine(const distributed::World& world, const std::string& directory) {
  const std::vector<Examined> all = {examine_program(),
                                     examine_ranks(world),
                                     examine_mpi(world.launch_warnings()),
                                     examine_launcher(),
                                     examine_temporary_directory(),
                                     examine_slurm(),
                                     examine_pmix(),
                                     examine_slurm_variables(),
                                     examine_blas(),
                                     examine_gpus(),
                                     examine_hdf5(),
                                     examine_file_system(std::filesystem::absolute(directory))};
  bool bad = false;
  for (const Examined& examined : all) {
    print(examined);
    bad |= examined.verdict == Verdict::bad;
  }
  return bad ? exit_code::error : exit_code::done;
}

}  // namespace

void add_doctor_command(CLI::App& app, Action& action) {
  auto directory = std::make_shared<std::string>(".");
  CLI::App* command = app.add_subcommand(
      "doctor", "Check this machine: what is there, what is missing or slow, and how to fix it");
  command->add_option("directory", *directory, "where runs and features will be kept (default: here)")
      ->type_name("DIR");
  command->footer(
      "Checks ranks, MPI and its launchers, Slurm, BLAS, GPUs, HDF5 and the file system. Exits 1 if something is "
      "wrong.\nStart it the way you start the study, to see what its ranks see.\nExamples:\n  musicmem doctor\n  mpirun "
      "-np 4 musicmem doctor /scratch/me");
  command->callback([&action, directory] {
    action.computes = true;
    action.run = [directory](distributed::World& world) {
      return on_rank_zero(world, [&] { return examine(world, *directory); });
    };
  });
}

}  // namespace musicmem::launcher
