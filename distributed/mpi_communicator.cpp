// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/mpi_communicator.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <utility>

#include <mpi.h>

namespace musicmem::distributed {
namespace {

// MPI counts with int.
constexpr std::size_t largest_count = std::numeric_limits<int>::max();

class MpiCommunicator final : public Communicator {
 public:
  // Owns `communicator` and frees it.
  explicit MpiCommunicator(MPI_Comm communicator) : communicator_(communicator) {
    check_mpi(MPI_Comm_set_errhandler(communicator_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler", -1);
    check_mpi(MPI_Comm_rank(communicator_, &rank_), "MPI_Comm_rank", -1);
    check_mpi(MPI_Comm_size(communicator_, &size_), "MPI_Comm_size", rank_);
  }

  // Freeing is collective, so a rank that fails leaves it; as does one that gave
  // up an operation still under way.
  ~MpiCommunicator() override {
    if (std::uncaught_exceptions() > exceptions_at_start_ || !abandoned_.empty()) return;
    MPI_Comm_free(&communicator_);
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  void barrier(const std::string& what) override {
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Ibarrier(communicator_, &request), "MPI_Ibarrier");
    complete(request, nullptr, what);
  }

  std::string broadcast(std::string bytes, int root, const std::string& what) override {
    const auto length = std::make_shared<std::uint64_t>(bytes.size());
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Ibcast(length.get(), 1, MPI_UINT64_T, root, communicator_, &request), "MPI_Ibcast");
    complete(request, length, what);

    const auto content = std::make_shared<std::string>(std::move(bytes));
    content->resize(*length);
    for (std::size_t begin = 0; begin < content->size(); begin += largest_count) {
      const auto count = static_cast<int>(std::min(content->size() - begin, largest_count));
      check(MPI_Ibcast(content->data() + begin, count, MPI_BYTE, root, communicator_, &request),
            "MPI_Ibcast");
      complete(request, content, what);
    }
    return std::move(*content);
  }

  std::vector<std::string> all_gather(std::string bytes, const std::string& what) override {
    const auto gathering = std::make_shared<Gathering>();
    gathering->own = std::move(bytes);
    gather_lengths(gathering, what);
    gather_content(gathering, what);

    std::vector<std::string> parts;
    for (std::size_t i = 0; i < gathering->counts.size(); ++i) {
      parts.push_back(gathering->all.substr(static_cast<std::size_t>(gathering->offsets[i]),
                                            static_cast<std::size_t>(gathering->counts[i])));
    }
    return parts;
  }

  std::unique_ptr<PendingSum> start_sum(std::span<float> values, std::shared_ptr<void> memory) override {
    const int count = checked_count(values.size(), "starting a sum", CommunicationError::every_rank);
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Iallreduce(MPI_IN_PLACE, values.data(), count, MPI_FLOAT, MPI_SUM, communicator_, &request),
          "MPI_Iallreduce");
    return std::make_unique<MpiSum>(*this, request, std::move(memory));
  }

  void send(std::string bytes, int destination, int tag, const std::string& what) override {
    assert(destination != rank_ && destination >= 0 && destination < size_);
    const auto content = std::make_shared<std::string>(std::move(bytes));
    const int count = checked_count(content->size(), what, destination);
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Isend(content->data(), count, MPI_BYTE, destination, tag, communicator_, &request),
          "MPI_Isend");
    complete(request, content, what, destination);
  }

  std::optional<Message> try_receive(int tag) override {
    int arrived = 0;
    MPI_Message matched = MPI_MESSAGE_NULL;
    MPI_Status status;
    // Open MPI's probe looks before it makes progress: what has just come is found by the second look.
    for (int look = 0; look < 2 && arrived == 0; ++look) {
      check(MPI_Improbe(MPI_ANY_SOURCE, tag, communicator_, &arrived, &matched, &status), "MPI_Improbe");
    }
    if (arrived == 0) return std::nullopt;

    int count = 0;
    check(MPI_Get_count(&status, MPI_BYTE, &count), "MPI_Get_count");
    const auto content = std::make_shared<std::string>(static_cast<std::size_t>(count), '\0');
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Imrecv(content->data(), count, MPI_BYTE, &matched, &request), "MPI_Imrecv");
    complete(request, content, "receiving a message", status.MPI_SOURCE);
    return Message{status.MPI_SOURCE, std::move(*content)};
  }

  std::unique_ptr<Communicator> duplicate() override {
    const auto handle = std::make_shared<MPI_Comm>(MPI_COMM_NULL);
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Comm_idup(communicator_, handle.get(), &request), "MPI_Comm_idup");
    complete(request, handle, "duplicating a communicator");
    auto copy = std::make_unique<MpiCommunicator>(*handle);
    copy->set_deadline(deadline());
    return copy;
  }

  std::unique_ptr<Communicator> split(int group, const std::string& what) override {
    // MPI has no non-blocking split: the ranks meet first, where the wait has a deadline.
    barrier(what);
    MPI_Comm part = MPI_COMM_NULL;
    check(MPI_Comm_split(communicator_, group, rank_, &part), "MPI_Comm_split");
    auto communicator = std::make_unique<MpiCommunicator>(part);
    communicator->set_deadline(deadline());
    return communicator;
  }

 private:
  class MpiSum final : public PendingSum {
   public:
    MpiSum(MpiCommunicator& owner, MPI_Request request, std::shared_ptr<void> memory)
        : owner_(owner), request_(request), memory_(std::move(memory)) {}
    MpiSum(const MpiSum&) = delete;
    MpiSum& operator=(const MpiSum&) = delete;

    // MPI may still write to what it was given.
    ~MpiSum() override {
      if (request_ != MPI_REQUEST_NULL) owner_.abandoned_.push_back(std::move(memory_));
    }

    bool test() override {
      int done = 0;
      owner_.check(MPI_Test(&request_, &done, MPI_STATUS_IGNORE), "MPI_Test");
      return done != 0;
    }

   private:
    MpiCommunicator& owner_;
    MPI_Request request_;
    std::shared_ptr<void> memory_;
  };

  // What one all_gather keeps in memory until MPI is done with it.
  struct Gathering {
    std::string own;
    std::uint64_t own_length = 0;
    std::vector<std::uint64_t> lengths;
    std::vector<int> counts;
    std::vector<int> offsets;
    std::string all;
  };

  void gather_lengths(const std::shared_ptr<Gathering>& gathering, const std::string& what) {
    gathering->own_length = gathering->own.size();
    gathering->lengths.resize(static_cast<std::size_t>(size_));
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Iallgather(&gathering->own_length, 1, MPI_UINT64_T, gathering->lengths.data(), 1, MPI_UINT64_T,
                         communicator_, &request),
          "MPI_Iallgather");
    complete(request, gathering, what);
  }

  void gather_content(const std::shared_ptr<Gathering>& gathering, const std::string& what) {
    std::uint64_t total = 0;
    for (const std::uint64_t length : gathering->lengths) {
      gathering->offsets.push_back(checked_count(total, what, CommunicationError::every_rank));
      gathering->counts.push_back(checked_count(length, what, CommunicationError::every_rank));
      total += length;
    }
    gathering->all.resize(total);
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Iallgatherv(gathering->own.data(), static_cast<int>(gathering->own.size()), MPI_BYTE,
                          gathering->all.data(), gathering->counts.data(), gathering->offsets.data(),
                          MPI_BYTE, communicator_, &request),
          "MPI_Iallgatherv");
    complete(request, gathering, what);
  }

  // Waits for a request. `memory` is what MPI reads or writes meanwhile: if the wait fails, MPI may still do
  // so later, and the memory is kept as long as this communicator.
  void complete(MPI_Request request, std::shared_ptr<void> memory, const std::string& what,
                int peer = CommunicationError::every_rank) {
    try {
      wait_until(
          [&] {
            int done = 0;
            check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
            return done != 0;
          },
          what, peer);
    } catch (...) {
      abandoned_.push_back(std::move(memory));
      throw;
    }
  }

  int checked_count(std::uint64_t bytes, const std::string& what, int peer) const {
    if (bytes > largest_count) throw CommunicationError(what, rank_, peer, "more than 2 GiB in one exchange");
    return static_cast<int>(bytes);
  }

  void check(int code, const char* call) const { check_mpi(code, call, rank_); }

  MPI_Comm communicator_;
  int rank_ = 0;
  int size_ = 0;
  int exceptions_at_start_ = std::uncaught_exceptions();
  std::vector<std::shared_ptr<void>> abandoned_;
};

// The rank in the job, for errors that come before there is a communicator.
int rank_in_job() {
  int rank = -1;
  check_mpi(MPI_Comm_rank(MPI_COMM_WORLD, &rank), "MPI_Comm_rank", rank);
  return rank;
}

}  // namespace

std::unique_ptr<Communicator> mpi_world_communicator() {
  MPI_Comm copy = MPI_COMM_NULL;
  check_mpi(MPI_Comm_dup(MPI_COMM_WORLD, &copy), "MPI_Comm_dup", rank_in_job());
  return std::make_unique<MpiCommunicator>(copy);
}

std::unique_ptr<Communicator> mpi_node_communicator() {
  const int rank = rank_in_job();
  MPI_Comm node = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &node),
            "MPI_Comm_split_type", rank);
  return std::make_unique<MpiCommunicator>(node);
}

void check_mpi(int code, const char* call, int rank) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw MpiError(call, rank, code, std::string(text, static_cast<std::size_t>(length)));
}

}  // namespace musicmem::distributed
