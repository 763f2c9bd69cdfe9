// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/error.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace musicmem::distributed {

struct Message {
  int source = 0;
  std::string bytes;
};

// A sum over ranks that is under way. Giving it up before the sum has arrived is for failures only: the
// communicator is then not fit for use.
class PendingSum {
 public:
  virtual ~PendingSum() = default;

  // Whether the sum has arrived, without waiting. Also makes the exchange go on, so it must be called again
  // and again.
  virtual bool test() = 0;
};

// A group of ranks that exchange bytes: one process alone, MPI processes, or the threads of a test.
//
// barrier, broadcast, all_gather, start_sum, duplicate and split are collective: every rank calls them
// in the same order. `what` names the step in errors ("end of prepare"). Every wait sleeps between
// looks, so that it burns no core, and throws TimeoutError after the deadline; any failure is a
// CommunicationError. One thread at a time may use a communicator; a second thread takes a duplicate,
// whose messages never mix with the original's.
class Communicator {
 public:
  static constexpr std::chrono::hours default_deadline{1};

  virtual ~Communicator() = default;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  virtual int rank() const = 0;
  virtual int size() const = 0;

  // Returns once every rank has called it.
  virtual void barrier(const std::string& what) = 0;
  // The root's bytes on every rank; what the others pass is ignored.
  virtual std::string broadcast(std::string bytes, int root, const std::string& what) = 0;
  // The bytes of all ranks, in rank order; each may have a length of its own.
  virtual std::vector<std::string> all_gather(std::string bytes, const std::string& what) = 0;

  // Begins to replace the values on every rank by their sums over the ranks. Every rank passes as many and
  // receives the same bits, which the same number of ranks always sums in the same order. The values belong
  // to the operation until it is done; `memory` keeps them alive if it is given up.
  virtual std::unique_ptr<PendingSum> start_sum(std::span<float> values, std::shared_ptr<void> memory) = 0;

  // Returns once `bytes` are on their way; large ones may wait for the receiver. Messages of one sender with
  // one tag arrive in order. Tags are 0 .. 32767; the destination is another rank.
  virtual void send(std::string bytes, int destination, int tag, const std::string& what) = 0;
  // The next message with this tag from any rank, or nothing, without waiting.
  virtual std::optional<Message> try_receive(int tag) = 0;

  // Collective: the same ranks with the same deadline in a message space of their own.
  virtual std::unique_ptr<Communicator> duplicate() = 0;
  // Collective: the ranks that pass the same group, in the order they have here, with a message space of
  // their own.
  virtual std::unique_ptr<Communicator> split(int group, const std::string& what) = 0;

  // Waits for the next message with this tag.
  Message receive(int tag, const std::string& what);
  // Waits until done() is true, looking again after short sleeps. `peer` is for the error only.
  void wait_until(const std::function<bool()>& done, const std::string& what,
                  int peer = CommunicationError::every_rank) const;

  // Called when a wait of this communicator begins that is not over at the first look, with what it is for,
  // and with an empty text when it is over. On the waiting thread; duplicates have none.
  using WaitObserver = std::function<void(const std::string& what)>;
  void observe_waits(WaitObserver observer) { wait_observer_ = std::move(observer); }

  // How long any one wait may last; zero: for ever.
  std::chrono::duration<double> deadline() const { return deadline_; }
  void set_deadline(std::chrono::duration<double> deadline) { deadline_ = deadline; }

 protected:
  Communicator() = default;

 private:
  std::chrono::duration<double> deadline_ = default_deadline;
  WaitObserver wait_observer_;
};

}  // namespace musicmem::distributed
