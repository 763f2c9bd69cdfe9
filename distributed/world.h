// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/communicator.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::distributed {

// The processes of this job, as long as it lives. Made once, at the start of main,
// outside the block that catches.
//
// Starts MPI (with MPI_THREAD_MULTIPLE) only when a launcher such as mpirun or `srun --mpi=pmix` started this
// process; otherwise it is a world of one rank and MPI is not touched. The destructor leaves the world,
// except while an exception unwinds: then it leaves MPI alone, so that a failing rank prints its error and
// ends instead of waiting for the others.
class World {
 public:
  // Throws LaunchError if the processes cannot form one world (the message says how to start them), MpiError
  // if MPI does not start. Where not all ranks have come up after `longest_start` the process ends with 75,
  // since another start may bring them.
  explicit World(std::chrono::duration<double> longest_start = std::chrono::minutes(10));
  ~World();
  World(World&&) noexcept;
  World& operator=(World&&) = delete;

  // All ranks. For the thread that made the world; other threads take a duplicate.
  Communicator& communicator();

  int rank() const;
  int size() const;
  bool uses_mpi() const;

  const std::string& host_name() const;
  int local_rank() const;  // among the ranks of this node, 0 .. local_size() - 1
  int local_size() const;
  // Cores that the ranks of this node may use together: the union of their
  // affinity masks, cut to the CPU quota.
  int node_cores() const;

  // What is odd about how the processes were started, or lost by it, a line each; for rank 0 to tell.
  const std::vector<std::string>& launch_warnings() const;

  // Collective, the last call: waits for the other ranks, for as long as the communicator's deadline, and
  // finalises MPI. Returns `code`, with which main ends. Where ranks are missing the job is ended with 75,
  // since another start may find them; where MPI itself does not return the process ends by itself, with
  // `code` once all have met.
  int leave(int code);

  // Ends every rank of the job now, with this exit code where the launcher passes it on: what a rank does
  // that fails alone, after it has printed its error. In a world of one rank it only returns `code`, so that
  // main ends with `return world.abort(code);` either way.
  int abort(int code);

 private:
  struct Session;
  std::unique_ptr<Session> session_;
};

// Whether `process` is this process, or its parent, or the parent's parent ...
bool is_this_process_or_above(int process);

// Of this process and those above it the nearest one that starts ranks for Open MPI; 0 where there is none.
int mpirun_above();

// A warning where the ranks of a node are bound to fewer cores than mpirun itself may use there; else empty.
std::string binding_warning(int ranks, int bound_cores, int cores_of_mpirun);

// Whether a process here may read the memory of its like in one copy (process_vm_readv), as Open MPI does
// between the ranks of a node unless told otherwise. Containers forbid it.
bool may_copy_between_processes();

// How this process was started, judged by its environment.
struct Launch {
  bool under_mpi = false;                 // a launcher that MPI understands
  std::optional<int> expected_processes;  // as far as the launcher says
  std::string warning;                    // empty where nothing is odd
};

// `variable` looks up an environment variable. Knows Open MPI's mpirun, PMIx (srun --mpi=pmix) and PMI
// (MPICH, Intel). A Slurm step of several tasks without any of them throws LaunchError: each would take
// itself for the whole job.
//
// A shell may have inherited or copied the variables of another job's step. Slurm names the process that it
// started: where that is neither this one nor one above it (`is_above` says so), the step's variables are
// left out of account, with a warning.
Launch detect_launch(const std::function<std::optional<std::string>(const char*)>& variable,
                     const std::function<bool(int process)>& is_above = is_this_process_or_above);

// Name and version of the MPI library in one line. Does not start MPI.
std::string mpi_library_version();

}  // namespace musicmem::distributed
