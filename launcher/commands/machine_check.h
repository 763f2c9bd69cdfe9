// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// What the machine under the program is like, for `musicmem doctor`.
namespace musicmem::launcher {

enum class Verdict { good, note, bad };

// One thing that was looked at.
struct Examined {
  Verdict verdict = Verdict::good;
  std::string what;    // "BLAS"
  std::string found;   // "OpenBLAS, 61 GFLOP/s on one core"
  std::string advice;  // what to do about it; empty where all is well
};

// MPI, and how the ranks were started: `warnings` of World::launch_warnings.
Examined examine_mpi(const std::vector<std::string>& warnings);
Examined examine_blas();
Examined examine_hdf5();
Examined examine_gpus();
Examined examine_slurm();
// The environment of a job that is not this process's own.
Examined examine_slurm_variables();
// Whether a run may live below `directory`: rename, link, sync, and what kind of file system it is.
Examined examine_file_system(const std::filesystem::path& directory);

// Where scratch files go: TMPDIR, or /tmp. Bad where no file can be made there.
Examined examine_temporary_directory();

// Lets scratch files go to /tmp where TMPDIR names a place that cannot be used; what was wrong with it, empty
// where nothing was. To be called before anything looks for the place; later calls say the same.
const std::string& settle_temporary_directory();

// Standard output of a command, or nothing where it is missing or fails within 10 s.
std::optional<std::string> output_of(const std::string& command);

}  // namespace musicmem::launcher
