// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/commands/machine_check.h"

#include <optional>
#include <string>

// Whether the launchers of this machine fit the MPI library that the program runs with, for `musicmem doctor`.
namespace musicmem::launcher {

// An MPI library or a launcher: "Open MPI" 4.1.4.
struct MpiRelease {
  std::string name;     // "Open MPI", "MPICH" (with what has its interface, such as Intel MPI), "" for others
  std::string version;  // "4.1.4"; empty where the text has none
  int major = 0;
  int minor = 0;
};

// From what MPI_Get_library_version, or mpirun --version, says.
MpiRelease mpi_release_of(const std::string& text);

// Of the library, by MPI_Get_library_version, and the mpirun of the PATH, by its --version; none is there without one.
Examined compare_launcher(const std::string& library, const std::optional<std::string>& mpirun);

// How srun may start the ranks of that library. `pmix` is what PMIx_Get_version says, `srun` what srun --mpi=list says;
// none where there is no PMIx library, or no srun that a cluster answers.
Examined compare_pmix(const std::string& library, const std::optional<std::string>& pmix,
                      const std::optional<std::string>& srun);

// The same of this machine.
Examined examine_launcher();
Examined examine_pmix();

}  // namespace musicmem::launcher
