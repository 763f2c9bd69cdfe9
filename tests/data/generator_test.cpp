// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::data {
namespace {

using ::testing::ElementsAre;

// Of the engine's definition (Nishimura and Matsumoto 2004), written down in Python, and of its arithmetic.
TEST(Generator, gives_the_numbers_that_the_standard_fixes) {
  Generator generator(3);
  std::vector<int> values = {0, 1, 2, 3, 4, 5};

  EXPECT_EQ(generator.bits(), 10307413207671831467U);
  EXPECT_EQ(generator.uniform(), 0.1957637547611618);
  EXPECT_EQ(generator.uniform(2.0, 5.0), 3.7707238146839472);
  EXPECT_EQ(generator.choice(14), 4);
  EXPECT_FALSE(generator.chance(0.5));
  EXPECT_DOUBLE_EQ(generator.normal(), -0.07581197755886812);
  EXPECT_EQ(generator.below(10), 8U);
  generator.shuffle(values);
  EXPECT_THAT(values, ElementsAre(1, 3, 0, 5, 2, 4));
}

TEST(Generator, shuffles_every_position_everywhere) {
  std::vector<std::vector<int>> seen(4, std::vector<int>(4, 0));
  Generator generator(1);

  for (int draw = 0; draw < 4000; ++draw) {
    std::vector<int> values = {0, 1, 2, 3};
    generator.shuffle(values);
    for (std::size_t place = 0; place < 4; ++place) ++seen[place][static_cast<std::size_t>(values[place])];
  }

  for (const auto& counts : seen) {
    for (const int count : counts) EXPECT_NEAR(count, 1000, 120);
  }
}

TEST(Below, gives_the_numbers_of_the_generator) {
  for (const std::uint64_t bound : {1ULL, 2ULL, 3ULL, 7ULL, 235ULL, 256ULL, 1000003ULL, (1ULL << 63U) + 5}) {
    Generator slow(3);
    Generator fast(3);
    const Below below(bound);
    for (int i = 0; i < 2000; ++i) ASSERT_EQ(below(fast), slow.below(bound)) << bound;
  }
}

}  // namespace
}  // namespace musicmem::data
