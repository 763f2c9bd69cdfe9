// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/start.h"

namespace musicmem::launcher {

void require_own_run(const HeldRun& run, const std::string& work) {
  try {
    run.claim.require_held();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::lost_lease) throw;
    end_job(run, work, error);
  }
}

void end_job(const HeldRun& run, const std::string& work, const Error& lost_lease) {
  throw distributed::CommunicationError(work, run.rank, distributed::CommunicationError::every_rank,
                                        lost_lease.what());
}

}  // namespace musicmem::launcher
