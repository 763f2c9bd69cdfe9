// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/agreement.h"

#include "distributed/wire.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <new>
#include <optional>
#include <utility>

#include "ranks_under_test.h"
#include <gtest/gtest.h>

namespace musicmem::distributed {

struct Sent {
  std::string text;
  std::optional<int> number;
  std::vector<double> values;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Sent, text, number, values)

namespace {

class AgreementTest : public testing::TestWithParam<RanksUnderTest> {};

INSTANTIATE_TEST_SUITE_P(Ranks, AgreementTest, testing::ValuesIn(ranks_under_test()),
                         testing::PrintToStringParamName());

// What every rank throws.
std::optional<SharedError> shared_error_of(const std::function<void()>& step) {
  try {
    step();
  } catch (const SharedError& error) {
    return error;
  }
  return std::nullopt;
}

TEST_P(AgreementTest, a_step_that_fails_on_some_ranks_fails_on_all_with_the_cause_of_the_lowest) {
  GetParam().on_every_rank([](Communicator& ranks) {
    const int first = ranks.size() / 2;

    const auto error = shared_error_of([&] {
      together(ranks, "a step", [&] {
        if (ranks.rank() >= first)
          throw usage_error("no such word", "rank " + std::to_string(ranks.rank()), "spell it");
      });
    });

    ASSERT_TRUE(error);
    EXPECT_EQ(error->what(), "rank " + std::to_string(first) + ": no such word; spell it");
    EXPECT_EQ(error->kind(), ErrorKind::usage);
    EXPECT_EQ(error->rank(), first);
  });
}

TEST_P(AgreementTest, a_step_that_fails_nowhere_sums_what_the_ranks_found_and_hears_of_a_stop) {
  GetParam().on_every_rank([](Communicator& ranks) {
    StepOutcome own;
    own.sum = 0.1 * (ranks.rank() + 1);
    own.stop = ranks.rank() == ranks.size() - 1;
    double expected = 0.0;
    for (int rank = 0; rank < ranks.size(); ++rank) expected += 0.1 * (rank + 1);

    const StepOutcome all = agree(ranks, own, "a step");

    EXPECT_EQ(all.sum, expected);
    EXPECT_TRUE(all.stop);
    EXPECT_FALSE(agree(ranks, {}, "another step").stop);
  });
}

TEST_P(AgreementTest, a_lack_of_memory_says_what_to_do) {
  GetParam().on_every_rank([](Communicator& ranks) {
    const auto error = shared_error_of([&] { together(ranks, "a step", [] { throw std::bad_alloc(); }); });

    ASSERT_TRUE(error);
    EXPECT_STREQ(error->what(), "out of memory; use fewer ranks on a node");
  });
}

TEST_P(AgreementTest, what_rank_0_works_out_arrives_everywhere_bit_by_bit) {
  const std::string not_utf8 = std::string("caf\xe9 \0 \n", 8);
  const std::vector<double> values = {0.1,       -0.0,  std::numeric_limits<double>::denorm_min(),
                                      1.0 / 3.0, 1e300, -std::numeric_limits<double>::infinity()};
  GetParam().on_every_rank([&](Communicator& ranks) {
    int calls = 0;

    const auto sent = from_rank_zero(ranks, "a look", [&] {
      ++calls;
      return std::vector<Sent>{{not_utf8, std::nullopt, values}, {"", 7, {std::nan("")}}};
    });

    EXPECT_EQ(calls, ranks.rank() == 0 ? 1 : 0);
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].text, not_utf8);
    EXPECT_EQ(sent[0].number, std::nullopt);
    ASSERT_EQ(sent[0].values.size(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(std::bit_cast<std::uint64_t>(sent[0].values[i]), std::bit_cast<std::uint64_t>(values[i]));
    }
    EXPECT_EQ(sent[1].number, 7);
    EXPECT_TRUE(std::isnan(sent[1].values.at(0)));
  });
}

TEST_P(AgreementTest, a_failure_of_rank_0_alone_is_thrown_on_all) {
  GetParam().on_every_rank([](Communicator& ranks) {
    const auto error = shared_error_of([&] {
      from_rank_zero(ranks, "a look", [] { throw Error("was taken over", "", "", ErrorKind::lost_lease); });
    });

    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind(), ErrorKind::lost_lease);
    EXPECT_EQ(error->rank(), 0);
  });
}

TEST_P(AgreementTest, a_failure_that_no_other_rank_can_hear_of_ends_the_job) {
  GetParam().on_every_rank([](Communicator& ranks) {
    const auto fails_alone = [&] {
      end_job_on_lone_failure(ranks, "training", [] { throw Error("the disk is gone"); });
    };

    if (ranks.size() == 1) {
      EXPECT_THROW(fails_alone(), Error);
    } else {
      EXPECT_THROW(fails_alone(), CommunicationError);
    }
    EXPECT_THROW(end_job_on_lone_failure(ranks, "training", [] { throw Interrupted("asked to stop"); }),
                 Interrupted);
  });
}

}  // namespace
}  // namespace musicmem::distributed
