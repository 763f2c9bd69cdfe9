// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/error.h"
#include "distributed/communicator.h"

#include <functional>
#include <string>

// How ranks stay in step: at the end of a step that all of them take, each hears how it went on the others,
// and all go on, stop or fail together. No rank then waits for one that gave up.
namespace musicmem::distributed {

// A failure that every rank throws alike: one of them is enough to tell of it.
class SharedError : public Error {
 public:
  static constexpr int every_rank = -1;

  explicit SharedError(const Error& error, int rank = every_rank) : Error(error), rank_(rank) {}

  // Where the step failed: the lowest such rank, or every_rank where all found the same.
  int rank() const { return rank_; }

 private:
  int rank_;
};

// How a step went, on one rank or on all of them.
struct StepOutcome {
  double sum = 0.0;     // of all ranks: in rank order
  bool stop = false;    // the rank, or any, was asked to stop
  std::string failure;  // why the step failed; empty if it did not
  ErrorKind kind = ErrorKind::input;
};

// Collective: the outcome on all ranks. Throws SharedError on every rank, with the lowest failing rank's
// cause, if the step failed on any.
StepOutcome agree(Communicator& ranks, const StepOutcome& outcome, const std::string& what);

// The cause of an exception in one line. CommunicationError is thrown on: after it nobody can agree.
std::string cause_of_current_exception();

// Collective: runs `work` on every rank and agrees on how it went.
void together(Communicator& ranks, const std::string& what, const std::function<void()>& work);

// Collective: runs `work` on rank 0 alone and gives its bytes to every rank. wire.h has the same for values.
std::string bytes_from_rank_zero(Communicator& ranks, const std::string& what,
                                 const std::function<std::string()>& work);

// Runs `work`, of which the other ranks hear by agree() only. What is thrown outside of any, by this rank
// alone as far as the others can know, becomes a CommunicationError: they may wait for it in vain, so the job
// has to end at once, with the cause.
void end_job_on_lone_failure(Communicator& ranks, const std::string& what, const std::function<void()>& work);

}  // namespace musicmem::distributed
