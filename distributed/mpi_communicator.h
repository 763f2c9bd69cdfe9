// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/communicator.h"

#include <memory>
#include <string>

// Communicators over MPI processes. MPI must be running (World) and must outlive
// them; the calls are collective.
namespace musicmem::distributed {

// All processes of the job.
std::unique_ptr<Communicator> mpi_world_communicator();

// The processes that share this one's node, in the order of their ranks in the job.
std::unique_ptr<Communicator> mpi_node_communicator();

// Throws MpiError with MPI's text for `code` unless it is MPI_SUCCESS. The one place
// where return codes are judged.
void check_mpi(int code, const char* call, int rank);

}  // namespace musicmem::distributed
