// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/communicator.h"

#include <thread>

#include "ranks_under_test.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::distributed {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

class CommunicatorTest : public testing::TestWithParam<RanksUnderTest> {};

INSTANTIATE_TEST_SUITE_P(Ranks, CommunicatorTest, testing::ValuesIn(ranks_under_test()),
                         testing::PrintToStringParamName());

// Bytes of every value, so that a terminating zero or a lost part would show.
std::string pattern(std::size_t length) {
  std::string bytes(length, '\0');
  for (std::size_t i = 0; i < length; ++i) bytes[i] = static_cast<char>(i * 31 % 251);
  return bytes;
}

long long now_in_nanoseconds() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

TEST_P(CommunicatorTest, broadcast_gives_every_rank_the_bytes_of_the_root) {
  GetParam().on_every_rank([](Communicator& communicator) {
    for (int root = 0; root < communicator.size(); ++root) {
      for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{3'000'000}}) {
        const std::string own =
            communicator.rank() == root ? pattern(length) : "what the others pass is ignored";

        const std::string received = communicator.broadcast(own, root, "test broadcast");

        EXPECT_TRUE(received == pattern(length)) << "root " << root << ", length " << length;
      }
    }
  });
}

TEST_P(CommunicatorTest, all_gather_returns_parts_of_any_length_in_rank_order) {
  GetParam().on_every_rank([](Communicator& communicator) {
    const auto part = [](int rank) { return pattern(static_cast<std::size_t>(rank) * 1000); };

    const auto parts = communicator.all_gather(part(communicator.rank()), "test all_gather");

    ASSERT_EQ(parts.size(), static_cast<std::size_t>(communicator.size()));
    for (int rank = 0; rank < communicator.size(); ++rank) EXPECT_EQ(parts.at(rank), part(rank));
  });
}

TEST_P(CommunicatorTest, a_sum_gives_every_rank_the_same_bits_of_the_sum_over_ranks) {
  GetParam().on_every_rank([](Communicator& communicator) {
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{300'000}}) {
      std::vector<float> values(length);
      for (std::size_t i = 0; i < length; ++i) {
        values[i] =
            static_cast<float>((i % 1000 + 1) * static_cast<std::size_t>(communicator.rank() + 1)) / 7.0F;
      }

      const auto sum = communicator.start_sum(values, nullptr);
      communicator.wait_until([&] { return sum->test(); }, "test sum");

      const auto ranks = static_cast<double>(communicator.size());
      for (std::size_t i = 0; i < length; ++i) {
        const double expected = static_cast<double>(i % 1000 + 1) / 7.0 * ranks * (ranks + 1) / 2;
        ASSERT_NEAR(values[i], expected, 1e-6 * expected);
      }
      const std::string bits(reinterpret_cast<const char*>(values.data()), length * sizeof(float));
      for (const auto& other : communicator.all_gather(bits, "bits")) EXPECT_TRUE(other == bits);
    }
  });
}

TEST_P(CommunicatorTest, a_split_makes_groups_that_do_not_hear_each_other) {
  GetParam().on_every_rank([](Communicator& communicator) {
    const int group = communicator.rank() % 2;

    const auto part = communicator.split(group, "test split");
    const auto members = part->all_gather(std::to_string(communicator.rank()), "members");

    EXPECT_EQ(part->size(), (communicator.size() + 1 - group) / 2);
    EXPECT_EQ(part->rank(), communicator.rank() / 2);
    for (std::size_t i = 0; i < members.size(); ++i) {
      EXPECT_EQ(members[i], std::to_string(2 * i + static_cast<std::size_t>(group)));
    }
  });
}

TEST_P(CommunicatorTest, no_rank_leaves_a_barrier_before_the_last_one_comes) {
  GetParam().on_every_rank([](Communicator& communicator) {
    std::this_thread::sleep_for(milliseconds(20) * communicator.rank());
    const auto came = now_in_nanoseconds();

    communicator.barrier("test barrier");

    const auto left = now_in_nanoseconds();
    for (const auto& other : communicator.all_gather(std::to_string(came), "times")) {
      EXPECT_GE(left, std::stoll(other));
    }
  });
}

TEST_P(CommunicatorTest, messages_of_one_sender_arrive_in_order) {
  GetParam().on_every_rank([](Communicator& communicator) {
    constexpr int messages = 50;
    const int others = communicator.size() - 1;
    if (communicator.rank() != 0) {
      for (int i = 0; i < messages; ++i) communicator.send(std::to_string(i), 0, 5, "test send");
      return;
    }

    std::vector<int> next(static_cast<std::size_t>(communicator.size()), 0);
    for (int i = 0; i < messages * others; ++i) {
      const Message message = communicator.receive(5, "test receive");
      EXPECT_EQ(message.bytes, std::to_string(next.at(message.source)++));
    }

    EXPECT_FALSE(communicator.try_receive(5));
    for (int rank = 1; rank <= others; ++rank) EXPECT_EQ(next.at(rank), messages);
  });
}

TEST_P(CommunicatorTest, large_messages_arrive_whole) {
  GetParam().on_every_rank([](Communicator& communicator) {
    if (communicator.rank() == 0) {
      for (int rank = 1; rank < communicator.size(); ++rank) {
        communicator.send(pattern(2'000'000), rank, 0, "test send");
      }
      return;
    }

    const Message message = communicator.receive(0, "test receive");

    EXPECT_EQ(message.source, 0);
    EXPECT_TRUE(message.bytes == pattern(2'000'000));
  });
}

TEST_P(CommunicatorTest, tags_and_duplicates_keep_messages_apart) {
  GetParam().on_every_rank([](Communicator& communicator) {
    const auto duplicate = communicator.duplicate();
    if (communicator.rank() == 0) {
      for (int rank = 1; rank < communicator.size(); ++rank) {
        communicator.send("tag 1", rank, 1, "test send");
        communicator.send("tag 2", rank, 2, "test send");
        duplicate->send("duplicate", rank, 1, "test send");
      }
      return;
    }

    EXPECT_EQ(duplicate->receive(1, "test receive").bytes, "duplicate");
    EXPECT_EQ(communicator.receive(2, "test receive").bytes, "tag 2");
    EXPECT_EQ(communicator.receive(1, "test receive").bytes, "tag 1");
    EXPECT_FALSE(communicator.try_receive(1));
  });
}

TEST_P(CommunicatorTest, a_duplicate_has_the_same_ranks_and_deadline) {
  GetParam().on_every_rank([](Communicator& communicator) {
    communicator.set_deadline(milliseconds(12'345));

    const auto duplicate = communicator.duplicate();

    EXPECT_EQ(duplicate->rank(), communicator.rank());
    EXPECT_EQ(duplicate->size(), communicator.size());
    EXPECT_EQ(duplicate->deadline(), milliseconds(12'345));
  });
}

TEST_P(CommunicatorTest, a_wait_that_outlives_its_deadline_says_what_and_who_waited) {
  GetParam().on_every_rank([](Communicator& communicator) {
    communicator.set_deadline(milliseconds(100));

    try {
      communicator.receive(9, "a message that nobody sends");
      ADD_FAILURE() << "received a message that nobody sent";
    } catch (const TimeoutError& error) {
      EXPECT_EQ(error.operation(), "a message that nobody sends");
      EXPECT_EQ(error.rank(), communicator.rank());
      EXPECT_GE(error.waited(), milliseconds(100));
      EXPECT_THAT(error.what(), HasSubstr("a message that nobody sends"));
      EXPECT_THAT(error.what(), HasSubstr("rank " + std::to_string(communicator.rank())));
      EXPECT_THAT(error.what(), HasSubstr("0.1 s"));
    }
  });
}

}  // namespace
}  // namespace musicmem::distributed
