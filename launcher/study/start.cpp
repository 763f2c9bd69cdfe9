// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/start.h"

namespace musicmem::launcher {

void require_own_run(const HeldRun& run, const std::string& work) {
  try {
    run.claim.require_held();
  } catch (const LeaseLost& error) {
    throw distributed::CommunicationError(work, run.rank, distributed::CommunicationError::every_rank,
                                          error.what());
  }
}

}  // namespace musicmem::launcher
