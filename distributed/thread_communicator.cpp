// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/thread_communicator.h"

#include <atomic>
#include <cassert>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace musicmem::distributed {

class ThreadCommunicator::Group {
 public:
  static constexpr int nobody = -1;

  // `failed_rank` is shared with all duplicates: whoever waits in any of them must hear of it.
  Group(int size, std::shared_ptr<std::atomic<int>> failed_rank)
      : size_(size), failed_rank_(std::move(failed_rank)), mailboxes_(static_cast<std::size_t>(size)) {}

  int size() const { return size_; }
  int failed_rank() const { return *failed_rank_; }

  void contribute(std::uint64_t round, int rank, std::string bytes) {
    const std::lock_guard lock(mutex_);
    Round& entry = rounds_[round];
    entry.parts.resize(static_cast<std::size_t>(size_));
    entry.parts[static_cast<std::size_t>(rank)] = std::move(bytes);
    ++entry.arrived;
  }

  // All parts of a round, once the last rank has contributed. The last rank to take them ends the round.
  std::optional<std::vector<std::string>> take(std::uint64_t round) {
    const std::lock_guard lock(mutex_);
    Round& entry = rounds_.at(round);
    if (entry.arrived < size_) return std::nullopt;
    std::vector<std::string> parts;
    for (const auto& part : entry.parts) parts.push_back(*part);
    if (++entry.taken == size_) rounds_.erase(round);
    return parts;
  }

  std::vector<int> missing(std::uint64_t round) const {
    const std::lock_guard lock(mutex_);
    std::vector<int> ranks;
    const auto entry = rounds_.find(round);
    if (entry == rounds_.end()) return ranks;
    for (int rank = 0; rank < size_; ++rank) {
      if (!entry->second.parts[static_cast<std::size_t>(rank)]) ranks.push_back(rank);
    }
    return ranks;
  }

  void post(int destination, int tag, Message message) {
    const std::lock_guard lock(mutex_);
    mailboxes_[static_cast<std::size_t>(destination)][tag].push_back(std::move(message));
  }

  std::optional<Message> collect(int rank, int tag) {
    const std::lock_guard lock(mutex_);
    auto& waiting = mailboxes_[static_cast<std::size_t>(rank)][tag];
    if (waiting.empty()) return std::nullopt;
    Message message = std::move(waiting.front());
    waiting.pop_front();
    return message;
  }

  // The n-th duplicate, the same for every rank that asks.
  std::shared_ptr<Group> duplicate(std::uint64_t n) {
    const std::lock_guard lock(mutex_);
    if (n == duplicates_.size()) duplicates_.push_back(std::make_shared<Group>(size_, failed_rank_));
    return duplicates_.at(n);
  }

 private:
  struct Round {
    std::vector<std::optional<std::string>> parts;  // by rank
    int arrived = 0;
    int taken = 0;
  };

  const int size_;
  const std::shared_ptr<std::atomic<int>> failed_rank_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Round> rounds_;
  std::vector<std::map<int, std::deque<Message>>> mailboxes_;  // by rank, then tag
  std::vector<std::shared_ptr<Group>> duplicates_;
};

ThreadCommunicator::ThreadCommunicator(std::shared_ptr<Group> group, int rank)
    : group_(std::move(group)), rank_(rank) {}

int ThreadCommunicator::size() const {
  return group_->size();
}

void ThreadCommunicator::barrier(const std::string& what) {
  all_gather("", what);
}

std::string ThreadCommunicator::broadcast(std::string bytes, int root, const std::string& what) {
  return all_gather(rank_ == root ? std::move(bytes) : "", what).at(static_cast<std::size_t>(root));
}

std::vector<std::string> ThreadCommunicator::all_gather(std::string bytes, const std::string& what) {
  const std::uint64_t round = rounds_++;
  group_->contribute(round, rank_, std::move(bytes));
  std::optional<std::vector<std::string>> parts;
  wait_until(
      [&] {
        parts = group_->take(round);
        return parts.has_value();
      },
      what);
  return std::move(*parts);
}

void ThreadCommunicator::send(std::string bytes, int destination, int tag, const std::string& what) {
  assert(destination != rank_ && destination >= 0 && destination < size());
  check_peers(what);
  group_->post(destination, tag, {rank_, std::move(bytes)});
}

std::optional<Message> ThreadCommunicator::try_receive(int tag) {
  return group_->collect(rank_, tag);
}

std::unique_ptr<Communicator> ThreadCommunicator::duplicate() {
  auto copy = std::make_unique<ThreadCommunicator>(group_->duplicate(duplicates_++), rank_);
  copy->set_deadline(deadline());
  return copy;
}

void ThreadCommunicator::check_peers(const std::string& what) const {
  const int failed = group_->failed_rank();
  if (failed != Group::nobody && failed != rank_) throw PeerError(what, rank_, failed);
}

std::vector<int> ThreadCommunicator::missing_ranks() const {
  if (rounds_ == 0) return {};
  return group_->missing(rounds_ - 1);
}

void run_as_threads(int ranks, const std::function<void(Communicator&)>& body) {
  const auto failed_rank = std::make_shared<std::atomic<int>>(ThreadCommunicator::Group::nobody);
  const auto group = std::make_shared<ThreadCommunicator::Group>(ranks, failed_rank);
  std::exception_ptr first_error;

  const auto run_rank = [&](int rank) {
    ThreadCommunicator communicator(group, rank);
    try {
      body(communicator);
    } catch (...) {
      int expected = ThreadCommunicator::Group::nobody;
      if (failed_rank->compare_exchange_strong(expected, rank)) first_error = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int rank = 0; rank < ranks; ++rank) threads.emplace_back(run_rank, rank);
  }
  if (first_error) std::rethrow_exception(first_error);
}

}  // namespace musicmem::distributed
