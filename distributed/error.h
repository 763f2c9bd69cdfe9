// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/error.h"

#include <chrono>
#include <stdexcept>
#include <string>

// What can go wrong between ranks. After a CommunicationError the communicator that threw is not fit for use:
// the job can only report the error and end (World::abort).
namespace musicmem::distributed {

// A failed exchange between ranks: which operation, on which rank, and with whom.
class CommunicationError : public std::runtime_error {
 public:
  static constexpr int every_rank = -1;

  // what() reads "rank R: <operation>: <problem>".
  CommunicationError(std::string operation, int rank, int peer, const std::string& problem);

  const std::string& operation() const { return operation_; }
  int rank() const { return rank_; }
  // The rank at the other end, or every_rank for a collective operation or a receive from anyone.
  int peer() const { return peer_; }

 private:
  std::string operation_;
  int rank_;
  int peer_;
};

// A wait that outlived its deadline.
class TimeoutError : public CommunicationError {
 public:
  TimeoutError(std::string operation, int rank, int peer, std::chrono::duration<double> waited,
               const std::string& waiting_for = "");

  std::chrono::duration<double> waited() const { return waited_; }

 private:
  std::chrono::duration<double> waited_;
};

// An MPI call that returned an error: operation() is the call, code() its return
// code, what() has MPI's own text.
class MpiError : public CommunicationError {
 public:
  MpiError(std::string call, int rank, int code, const std::string& code_text);

  int code() const { return code_; }

 private:
  int code_;
};

// The processes were started in a way that cannot make one world of them.
class LaunchError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Work that stopped half way because the program was asked to: it has not failed, it is to be done again.
class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// That of an Error; retry for ranks that were waited for in vain, which another start may find in better
// health; input for what else there is.
ErrorKind kind_of(const std::exception& error);

}  // namespace musicmem::distributed
