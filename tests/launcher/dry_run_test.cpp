// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/checks/dry_run.h"

#include <gtest/gtest.h>

namespace musicmem::launcher {
namespace {

TEST(ExpectedTime, is_that_of_the_rank_that_ends_last) {
  EXPECT_DOUBLE_EQ(seconds_on_ranks({}, 4), 0.0);
  EXPECT_DOUBLE_EQ(seconds_on_ranks({1.0, 2.0, 3.0}, 1), 6.0);
  EXPECT_DOUBLE_EQ(seconds_on_ranks({1.0, 2.0, 3.0}, 2), 3.0);
  EXPECT_DOUBLE_EQ(seconds_on_ranks({9.0, 1.0, 1.0}, 8), 9.0);
}

}  // namespace
}  // namespace musicmem::launcher
