// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/communicator.h"

#include <functional>
#include <string>

// How the ranks of a group stay in step: at the end of every phase all hear how it went on each of them, and
// all go on, stop or fail together.
namespace musicmem::models {

struct Ballot {
  double sum = 0.0;
  bool stop = false;  // this rank was asked to stop
  std::string error;  // why the phase failed here; empty if it did not
};

struct Tally {
  double sum = 0.0;   // over the ranks, in rank order
  bool stop = false;  // any rank was asked to stop
};

// Collective. Throws Error on every rank, with the lowest failing rank's cause, if the phase failed anywhere.
Tally vote(distributed::Communicator& group, const Ballot& ballot, const std::string& what);

// The cause of an exception in one line. CommunicationError is thrown on: after it nobody can vote.
std::string cause_of_current_exception();

// Runs `work` on every rank and votes on it.
void together(distributed::Communicator& group, const std::string& what, const std::function<void()>& work);

}  // namespace musicmem::models
