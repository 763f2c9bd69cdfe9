// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/protocol/folds.h"

#include "config/error.h"
#include "data/generator.h"
#include "tests/models/example_table.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<double> rising_labels(int n) {
  std::vector<double> labels;
  for (int i = 0; i < n; ++i) labels.push_back(static_cast<double>(i) / n);
  return labels;
}

std::vector<int> fold_sizes(const std::vector<int>& fold_of, int folds) {
  std::vector<int> sizes;
  for (int fold = 0; fold < folds; ++fold) {
    sizes.push_back(static_cast<int>(std::count(fold_of.begin(), fold_of.end(), fold)));
  }
  return sizes;
}

std::string message_of(int tracks, const config::CrossValidation& settings) {
  try {
    assign_folds({rising_labels(tracks)}, settings);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(StrictFolds, have_the_sizes_of_scikit_learns_kfold) {
  const auto golden = testing::open_golden();
  const data::Matrix cases = testing::golden_matrix(golden, "kfold/sizes");

  for (std::size_t row = 0; row < cases.rows(); ++row) {
    const int folds = static_cast<int>(cases(row, 1));
    const std::vector<int> fold_of =
        assign_folds({rising_labels(static_cast<int>(cases(row, 0)))}, testing::cross_validation(folds));

    const auto expected = cases.row(row).subspan(2, static_cast<std::size_t>(folds));
    EXPECT_EQ(fold_sizes(fold_of, folds), std::vector<int>(expected.begin(), expected.end()))
        << "case " << row;
  }
}

TEST(StrictFolds, are_contiguous) {
  const std::vector<int> fold_of = assign_folds({rising_labels(7)}, testing::cross_validation(3));

  EXPECT_THAT(fold_of, ElementsAre(0, 0, 0, 1, 1, 2, 2));
}

TEST(StrictFolds, shuffle_moves_tracks_but_keeps_sizes) {
  config::CrossValidation settings = testing::cross_validation(4);
  settings.shuffle = 5;

  const std::vector<int> fold_of = assign_folds({rising_labels(22)}, settings);

  EXPECT_THAT(fold_sizes(fold_of, 4), ElementsAre(6, 6, 5, 5));
  EXPECT_FALSE(std::is_sorted(fold_of.begin(), fold_of.end()));
  EXPECT_EQ(fold_of, assign_folds({rising_labels(22)}, settings));
}

TEST(StrictFolds, are_shuffled_by_default) {
  constexpr int tracks = 22;
  config::CrossValidation defaults;
  defaults.folds.number = 4;
  config::CrossValidation seeded = testing::cross_validation(4);
  seeded.shuffle = 0;

  const std::vector<int> fold_of = assign_folds({rising_labels(tracks)}, defaults);

  EXPECT_FALSE(std::is_sorted(fold_of.begin(), fold_of.end()));
  EXPECT_EQ(fold_of, assign_folds({rising_labels(tracks)}, seeded));
}

class StratifiedFolds : public ::testing::TestWithParam<std::optional<std::uint64_t>> {};

TEST_P(StratifiedFolds, take_one_of_every_k_neighbours_in_score) {
  constexpr int folds = 5;
  config::CrossValidation settings = testing::cross_validation(folds);
  settings.shuffle = GetParam();
  settings.stratify = true;

  const std::vector<int> fold_of = assign_folds({rising_labels(23)}, settings);

  for (int group = 0; group + folds <= 23; group += folds) {
    const std::vector<int> neighbours(fold_of.begin() + group, fold_of.begin() + group + folds);
    EXPECT_THAT(neighbours, ::testing::UnorderedElementsAre(0, 1, 2, 3, 4)) << "from track " << group;
  }
  const std::vector<int> sizes = fold_sizes(fold_of, folds);
  EXPECT_LE(*std::max_element(sizes.begin(), sizes.end()) - *std::min_element(sizes.begin(), sizes.end()), 1);
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutSeed, StratifiedFolds, ::testing::Values(std::nullopt, 9));

TEST(AudmemFolds, never_test_the_last_tracks) {
  const auto settings = testing::cross_validation(3, config::Protocol::audmem);

  const std::vector<int> fold_of = assign_folds({rising_labels(8)}, settings);

  EXPECT_THAT(fold_of, ElementsAre(0, 0, 1, 1, 2, 2, never_tested, never_tested));
}

TEST(AudmemFolds, train_on_the_tracks_that_are_never_tested) {
  const std::vector<int> fold_of = {0, 0, 1, 1, never_tested};

  const Split split = split_tracks(fold_of, 1, std::vector<bool>(5, true));

  EXPECT_THAT(split.train, ElementsAre(0, 1, 4));
  EXPECT_THAT(split.test, ElementsAre(2, 3));
}

TEST(Folds, refuse_impossible_settings_with_a_reason) {
  config::CrossValidation stratified_audmem = testing::cross_validation(3, config::Protocol::audmem);
  stratified_audmem.stratify = true;

  EXPECT_THAT(message_of(9, testing::cross_validation(1)), HasSubstr("at least 2 folds"));
  EXPECT_THAT(message_of(9, testing::cross_validation(10)), HasSubstr("cannot cut 9 tracks into 10 folds"));
  EXPECT_THAT(message_of(9, stratified_audmem), HasSubstr("audmem"));
}

TEST(Split, leaves_out_unusable_tracks) {
  const std::vector<int> fold_of = {0, 0, 1, 1};

  const Split split = split_tracks(fold_of, 0, {false, true, true, false});

  EXPECT_THAT(split.test, ElementsAre(1));
  EXPECT_THAT(split.train, ElementsAre(2));
}

TEST(Split, holds_out_validation_tracks_from_the_training_part) {
  Split split{.train = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, .validation = {}, .test = {10, 11}};
  const std::vector<int> before = split.train;

  hold_out_validation(split, 3, 1111);

  EXPECT_EQ(split.validation.size(), 3U);
  std::vector<int> together = split.train;
  together.insert(together.end(), split.validation.begin(), split.validation.end());
  EXPECT_THAT(together, ::testing::UnorderedElementsAreArray(before));
  EXPECT_THAT(split.test, ElementsAre(10, 11));
}

TEST(Split, draws_other_validation_tracks_for_another_seed) {
  std::vector<int> tracks(40);
  std::iota(tracks.begin(), tracks.end(), 0);
  Split one{.train = tracks, .validation = {}, .test = {}};
  Split other = one;

  hold_out_validation(one, 5, 1111);
  hold_out_validation(other, 5, 1000);

  EXPECT_NE(one.validation, other.validation);
}

TEST(Split, keeps_half_of_the_training_part_when_two_folds_ask_for_all_of_it) {
  Split split{.train = {0, 1, 2, 3}, .validation = {}, .test = {4, 5, 6, 7}};

  hold_out_validation(split, split.test.size(), 1);

  EXPECT_EQ(split.train.size(), 2U);
  EXPECT_EQ(split.validation.size(), 2U);
}

// Tracks of six groups, named as they come.
const std::vector<std::string> grouped = {"a", "a", "b", "a", "c", "b", "d", "d", "e", "f", "a", "c"};

config::CrossValidation in_file_order(config::Folds folds) {
  config::CrossValidation settings;
  settings.folds = folds;
  settings.shuffle.reset();
  return settings;
}

std::string message_of(const FoldTracks& tracks, const config::CrossValidation& settings) {
  try {
    assign_folds(tracks, settings);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(GroupedFolds, of_one_number_are_balanced_and_part_no_group) {
  const std::vector<double> labels = rising_labels(12);

  const std::vector<int> fold_of = assign_folds({labels, grouped}, in_file_order({.number = 3}));

  EXPECT_THAT(fold_sizes(fold_of, 3), ElementsAre(4, 4, 4));
  for (std::size_t i = 0; i < grouped.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_TRUE(grouped[i] != grouped[j] || fold_of[i] == fold_of[j]);
    }
  }
}

TEST(GroupedFolds, of_groups_leave_one_out_at_a_time) {
  const std::vector<double> labels = rising_labels(12);

  const std::vector<int> fold_of =
      assign_folds({labels, grouped}, in_file_order({config::Folds::By::groups}));

  EXPECT_THAT(fold_of, ElementsAre(0, 0, 1, 0, 2, 1, 3, 3, 4, 5, 0, 2));
}

TEST(GroupedFolds, that_are_given_are_taken_or_refused) {
  const std::vector<double> labels = rising_labels(4);
  const std::vector<int> good = {1, 0, 2, 1};
  const std::vector<int> gap = {0, 0, 2, 3};
  const std::vector<std::string> groups = {"a", "b", "c", "b"};
  const config::CrossValidation given = in_file_order({config::Folds::By::given});

  EXPECT_EQ(assign_folds({labels, {}, good}, given), good);
  EXPECT_THAT(message_of({labels, {}, gap}, given), HasSubstr("no track has fold 1, but one has fold 3"));
  EXPECT_THAT(message_of({labels, groups, good}, given),
              HasSubstr("group 'b' stands in the given folds 0 and 1"));
  EXPECT_THAT(message_of({labels, groups}, in_file_order({.number = 4})),
              HasSubstr("cannot cut 3 groups into 4"));
  EXPECT_THAT(message_of({labels}, in_file_order({config::Folds::By::groups})), HasSubstr("need the groups"));
}

TEST(RepeatedFolds, are_other_partitions_of_the_same_sizes) {
  const std::vector<double> labels = rising_labels(12);
  const config::CrossValidation plain = in_file_order({.number = 3});

  const std::vector<int> first = assign_folds({labels}, plain);
  const std::vector<int> second = assign_folds({labels}, plain, 1);
  const std::vector<int> third = assign_folds({labels, grouped}, plain, 2);

  EXPECT_THAT(first, ElementsAre(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2));
  EXPECT_NE(second, first);
  EXPECT_THAT(fold_sizes(second, 3), ElementsAre(4, 4, 4));
  EXPECT_THAT(fold_sizes(third, 3), ElementsAre(4, 4, 4));
  EXPECT_EQ(assign_folds({labels}, plain, 1), second);
}

// As many as scikit-learn's learning_curve trains on.
TEST(Shares, of_the_training_tracks_are_parts_of_larger_ones) {
  const auto kept = [](double share) {
    Split split{.train = {0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11}, .validation = {}, .test = {4}};
    keep_share(split, share, share_seed(0, 0));
    return split.train;
  };

  const std::vector<int> quarter = kept(0.25);
  const std::vector<int> half = kept(0.5);

  EXPECT_EQ(quarter.size(), 2U);
  EXPECT_EQ(half.size(), 5U);
  EXPECT_TRUE(std::ranges::is_sorted(half));
  EXPECT_TRUE(std::ranges::includes(half, quarter));
  EXPECT_EQ(kept(0.01).size(), 1U);
  EXPECT_EQ(kept(1.0).size(), 11U);
}

TEST(Shares, take_whole_groups_nearest_to_their_size) {
  std::vector<std::string> groups;
  for (int track = 0; track < 60; ++track) groups.push_back("g" + std::to_string(track % 7));
  std::vector<int> smaller;
  for (const double share : {0.2, 0.4, 0.6, 0.8}) {
    Split split;
    split.train.resize(groups.size());
    std::iota(split.train.begin(), split.train.end(), 0);

    keep_share(split, share, 3, groups);

    EXPECT_NEAR(static_cast<double>(split.train.size()), share * 60.0, 5.0);
    EXPECT_TRUE(std::ranges::includes(split.train, smaller));
    std::map<std::string, int> tracks_of;
    for (const int track : split.train) ++tracks_of[groups[static_cast<std::size_t>(track)]];
    for (const auto& [group, tracks] : tracks_of) EXPECT_GE(tracks, 8) << group;
    smaller = split.train;
  }
}

// Each of many random studies: every split, and every validation part, keeps groups whole.
TEST(GroupedFolds, never_part_a_group_in_10000_random_studies) {
  data::Generator random(20261130);
  for (int study = 0; study < 10000; ++study) {
    const auto tracks = static_cast<int>(8 + random.below(40));
    const auto group_count = 4 + random.below(12);
    std::vector<std::string> groups;
    for (int i = 0; i < tracks; ++i) groups.push_back("g" + std::to_string(random.below(group_count)));
    const std::size_t there = std::set<std::string>(groups.begin(), groups.end()).size();
    config::CrossValidation settings;
    settings.folds.number = static_cast<int>(2 + random.below(std::min<std::uint64_t>(there - 1, 5)));
    settings.shuffle = random.below(1000);
    settings.stratify = random.chance(0.5);
    std::vector<double> labels;
    for (int i = 0; i < tracks; ++i) labels.push_back(random.uniform());

    const std::vector<int> fold_of = assign_folds({labels, groups}, settings);
    for (int fold = 0; fold < settings.folds.number; ++fold) {
      Split split = split_tracks(fold_of, fold, std::vector<bool>(groups.size(), true));
      ASSERT_FALSE(split.test.empty() || split.train.empty()) << study;
      hold_out_validation(split, split.test.size(), study, groups);
      ASSERT_FALSE(split.train.empty()) << study;
      std::map<std::string, const std::vector<int>*> side;
      for (const std::vector<int>* part : {&split.train, &split.validation, &split.test}) {
        for (const int track : *part)
          ASSERT_EQ(side.try_emplace(groups[static_cast<std::size_t>(track)], part).first->second, part)
              << study;
      }
    }
  }
}

}  // namespace
}  // namespace musicmem::models
