// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/thread_communicator.h"

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstring>
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

  // Throws PeerError, on `rank`, if another rank has failed.
  void check(int rank, int rank_in_world, const std::string& what) const {
    const int failed = *failed_rank_;
    if (failed != nobody && failed != rank_in_world) throw PeerError(what, rank, failed);
  }

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

  // The part of the n-th split that the ranks of one group share.
  std::shared_ptr<Group> part(std::uint64_t n, int group, int size) {
    const std::lock_guard lock(mutex_);
    auto& part = parts_[{n, group}];
    if (!part) part = std::make_shared<Group>(size, failed_rank_);
    return part;
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
  std::map<std::pair<std::uint64_t, int>, std::shared_ptr<Group>> parts_;
};

namespace {

// Adds up in rank order, whoever came first.
void add_parts(const std::vector<std::string>& parts, std::span<float> values) {
  std::vector<float> addend(values.size());
  for (std::size_t rank = 0; rank < parts.size(); ++rank) {
    assert(parts[rank].size() == values.size_bytes());
    std::memcpy(rank == 0 ? values.data() : addend.data(), parts[rank].data(), values.size_bytes());
    if (rank == 0) continue;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += addend[i];
  }
}

class ThreadSum final : public PendingSum {
 public:
  ThreadSum(std::shared_ptr<ThreadCommunicator::Group> group, std::uint64_t round, std::span<float> values,
            std::function<void()> check_peers)
      : group_(std::move(group)), round_(round), values_(values), check_peers_(std::move(check_peers)) {}

  bool test() override {
    if (done_) return true;
    const auto parts = group_->take(round_);
    if (!parts) {
      check_peers_();
      return false;
    }
    add_parts(*parts, values_);
    done_ = true;
    return true;
  }

 private:
  std::shared_ptr<ThreadCommunicator::Group> group_;
  std::uint64_t round_;
  std::span<float> values_;
  std::function<void()> check_peers_;
  bool done_ = false;
};

}  // namespace

ThreadCommunicator::ThreadCommunicator(std::shared_ptr<Group> group, int rank)
    : ThreadCommunicator(std::move(group), rank, rank) {}

ThreadCommunicator::ThreadCommunicator(std::shared_ptr<Group> group, int rank, int rank_in_world)
    : group_(std::move(group)), rank_(rank), rank_in_world_(rank_in_world) {}

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
        if (!parts) check_peers(what);
        return parts.has_value();
      },
      what);
  return std::move(*parts);
}

std::unique_ptr<PendingSum> ThreadCommunicator::start_sum(std::span<float> values,
                                                          std::shared_ptr<void> /*memory*/) {
  const std::uint64_t round = rounds_++;
  std::string bytes(values.size_bytes(), '\0');
  std::memcpy(bytes.data(), values.data(), values.size_bytes());
  group_->contribute(round, rank_, std::move(bytes));
  return std::make_unique<ThreadSum>(group_, round, values,
                                     [group = group_, rank = rank_, rank_in_world = rank_in_world_] {
                                       group->check(rank, rank_in_world, "a sum");
                                     });
}

void ThreadCommunicator::send(std::string bytes, int destination, int tag, const std::string& what) {
  assert(destination != rank_ && destination >= 0 && destination < size());
  check_peers(what);
  group_->post(destination, tag, {rank_, std::move(bytes)});
}

std::optional<Message> ThreadCommunicator::try_receive(int tag) {
  auto message = group_->collect(rank_, tag);
  if (!message) check_peers("a message");
  return message;
}

std::unique_ptr<Communicator> ThreadCommunicator::duplicate() {
  auto copy = std::make_unique<ThreadCommunicator>(group_->duplicate(duplicates_++), rank_, rank_in_world_);
  copy->set_deadline(deadline());
  return copy;
}

std::unique_ptr<Communicator> ThreadCommunicator::split(int group, const std::string& what) {
  int rank = 0;
  int size = 0;
  const std::vector<std::string> groups = all_gather(std::to_string(group), what);
  for (int other = 0; other < this->size(); ++other) {
    if (groups[static_cast<std::size_t>(other)] != std::to_string(group)) continue;
    if (other < rank_) ++rank;
    ++size;
  }
  auto part =
      std::make_unique<ThreadCommunicator>(group_->part(splits_++, group, size), rank, rank_in_world_);
  part->set_deadline(deadline());
  return part;
}

void ThreadCommunicator::check_peers(const std::string& what) const {
  group_->check(rank_, rank_in_world_, what);
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
