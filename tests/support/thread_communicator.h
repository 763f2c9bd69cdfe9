// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/communicator.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace musicmem::distributed {

// Another rank failed, so that this one waits in vain.
class PeerError : public CommunicationError {
 public:
  PeerError(std::string operation, int rank, int failed_peer)
      : CommunicationError(std::move(operation), rank, failed_peer,
                           "rank " + std::to_string(failed_peer) + " has failed") {}
};

// Ranks that are threads of one process, for tests of whatever is written against Communicator. Whatever a
// rank waits for, it hears of another's failure by PeerError.
class ThreadCommunicator final : public Communicator {
 public:
  class Group;  // what the ranks share

  ThreadCommunicator(std::shared_ptr<Group> group, int rank);
  // `rank_in_world`: the number by which a failed thread is known in every part of a split.
  ThreadCommunicator(std::shared_ptr<Group> group, int rank, int rank_in_world);

  int rank() const override { return rank_; }
  int size() const override;

  void barrier(const std::string& what) override;
  std::string broadcast(std::string bytes, int root, const std::string& what) override;
  std::vector<std::string> all_gather(std::string bytes, const std::string& what) override;
  std::unique_ptr<PendingSum> start_sum(std::span<float> values, std::shared_ptr<void> memory) override;
  void send(std::string bytes, int destination, int tag, const std::string& what) override;
  std::optional<Message> try_receive(int tag) override;
  std::unique_ptr<Communicator> duplicate() override;
  std::unique_ptr<Communicator> split(int group, const std::string& what) override;

 private:
  // Throws PeerError if another rank has failed.
  void check_peers(const std::string& what) const;

  std::shared_ptr<Group> group_;
  int rank_;
  int rank_in_world_;
  std::uint64_t rounds_ = 0;      // collective operations this rank has begun
  std::uint64_t duplicates_ = 0;  // and duplicates and
  std::uint64_t splits_ = 0;      // parts it has made
};

// Runs `body` on `ranks` threads, each with its own communicator, and returns when all have ended.
// If one throws, the others' waits throw PeerError, and the first exception is thrown again here.
void run_as_threads(int ranks, const std::function<void(Communicator&)>& body);

}  // namespace musicmem::distributed
