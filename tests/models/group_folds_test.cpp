// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/protocol/group_folds.h"

#include "data/hdf5/hdf5_reader.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

using ::testing::ElementsAre;

std::vector<int> part_of(const std::vector<double>& all, std::size_t first, std::size_t count) {
  const auto begin = all.begin() + static_cast<long>(first);
  return {begin, begin + static_cast<long>(count)};
}

TEST(GroupFolds, are_those_of_scikit_learn) {
  const data::hdf5::Reader golden(MUSICMEM_TEST_DATA "/group_folds_golden.h5");
  const std::vector<double> tracks = golden.doubles("tracks");
  const std::vector<double> folds = golden.doubles("folds");
  const std::vector<double> groups = golden.doubles("groups");
  const std::vector<double> classes = golden.doubles("classes");
  const std::vector<double> balanced = golden.doubles("balanced");
  const std::vector<double> stratified = golden.doubles("stratified");
  ASSERT_EQ(tracks.size(), 30U);
  std::size_t first = 0;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    const auto count = static_cast<std::size_t>(tracks[i]);
    const std::vector<int> group = part_of(groups, first, count);
    const int k = static_cast<int>(folds[i]);

    EXPECT_EQ(balanced_group_folds(group, k, {}), part_of(balanced, first, count)) << "case " << i;
    EXPECT_EQ(stratified_group_folds(part_of(classes, first, count), group, k, {}),
              part_of(stratified, first, count))
        << "case " << i;
    first += count;
  }
}

TEST(QuantileBins, hold_equal_counts_and_keep_equal_values_together) {
  EXPECT_THAT(quantile_bins(std::vector<double>{5, 1, 4, 2, 3, 0}, 3), ElementsAre(2, 0, 2, 1, 1, 0));
  EXPECT_THAT(quantile_bins(std::vector<double>{1, 1, 1, 2}, 4), ElementsAre(0, 0, 0, 1));
  EXPECT_THAT(quantile_bins(std::vector<double>{7, 7, 7}, 2), ElementsAre(0, 0, 0));
}

}  // namespace
}  // namespace musicmem::models
