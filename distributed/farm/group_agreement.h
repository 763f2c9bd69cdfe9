// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/error.h"
#include "distributed/communicator.h"

#include <functional>
#include <string>

// How the ranks of a group stay in step: at the end of every phase all hear how it went on each of them, and
// all go on, stop or fail together.
namespace musicmem::distributed {

// A failure that every rank of the group throws alike, so that none waits for another.
class GroupError : public Error {
 public:
  using Error::Error;
};

struct PhaseOutcome {
  double sum = 0.0;
  bool stop = false;  // this rank was asked to stop
  std::string error;  // why the phase failed here; empty if it did not
};

struct GroupOutcome {
  double sum = 0.0;   // over the ranks, in rank order
  bool stop = false;  // any rank was asked to stop
};

// Collective. Throws GroupError on every rank, with the lowest failing rank's
// cause, if the phase failed anywhere.
GroupOutcome agree(Communicator& group, const PhaseOutcome& outcome, const std::string& what);

// The cause of an exception in one line. CommunicationError is thrown on: after it nobody can agree.
std::string cause_of_current_exception();

// Runs `work` on every rank and agrees on how it went.
void run_in_step(Communicator& group, const std::string& what, const std::function<void()>& work);

// Runs `work`, of which the group's ranks hear through agree() only. What is thrown outside of any, by this
// rank alone as far as the others can know, becomes a CommunicationError: they may wait for it in vain, so
// the job has to end at once, with the cause.
void end_job_on_lone_failure(Communicator& group, const std::string& what, const std::function<void()>& work);

}  // namespace musicmem::distributed
