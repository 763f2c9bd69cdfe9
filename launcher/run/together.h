// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/error.h"
#include "distributed/communicator.h"

#include <functional>
#include <string>
#include <vector>

// Steps that all ranks take and that fail on all of them or on none, so that no
// rank waits for one that gave up.
namespace musicmem::launcher {

// What every rank throws after a common step failed on some rank: rank 0 alone prints it.
class CommonError : public Error {
 public:
  CommonError(const std::string& line, int exit_code) : Error(line), exit_code_(exit_code) {}
  int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

// The exit code that an exception stands for: 2 for UsageError, 75 for ranks that were waited for in vain,
// since another start may find them, 1 for others.
int exit_code_of(const std::exception& error);

// Runs `work` on every rank. If it throws anywhere, every rank throws CommonError with the lowest failing
// rank's line.
void together(distributed::Communicator& ranks, const std::string& what, const std::function<void()>& work);

// Runs `work` on rank 0 and gives its bytes to every rank; a failure is thrown on all of them.
std::string from_rank_zero(distributed::Communicator& ranks, const std::string& what,
                           const std::function<std::string()>& work);

// The same of indices, such as those of tasks that are left: what each rank sees on a shared disk may differ.
std::vector<std::size_t> indices_from_rank_zero(distributed::Communicator& ranks, const std::string& what,
                                                const std::function<std::vector<std::size_t>()>& work);

}  // namespace musicmem::launcher
