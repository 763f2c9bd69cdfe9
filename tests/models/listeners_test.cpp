// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/csv.h"
#include "data/game/game_log.h"
#include "data/generator.h"
#include "models/listeners/split_half.h"
#include "models/statistics/metrics.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

namespace fs = std::filesystem;

constexpr double tolerance = 1e-12;

// What tests/models/golden/make_listeners_golden.py read from the same logs with pandas and SciPy.
class ListenersGolden : public ::testing::Test {
 protected:
  static fs::path folder() {
    const char* other = std::getenv("MUSICMEM_LISTENING_GOLDEN");
    return other != nullptr ? other : MUSICMEM_TEST_DATA "/listening";
  }

  static void expect_number(const data::CsvFile& csv, std::size_t row, const char* column,
                            const std::optional<double>& value) {
    const std::string& text = csv.field(row, csv.column(column));
    EXPECT_EQ(value.has_value(), !text.empty()) << column << " of row " << row;
    if (!value || text.empty()) return;
    EXPECT_NEAR(*value, *data::parse_number(text), tolerance) << column << " of row " << row;
  }

  static void expect_labels(const std::string& name, const data::GameLog& log,
                            const ListenerAnswers& answers) {
    const data::CsvFile labels(folder() / (name + "_labels.csv"));
    std::size_t row = 0;
    for (std::size_t clip = 0; clip < log.clips.size(); ++clip) {
      const AnswerCounts& counts = answers.clips[clip];
      if (counts.repeats() == 0) continue;
      ASSERT_LT(row, labels.rows());
      EXPECT_EQ(labels.field(row, labels.column("track")), log.clips[clip]);
      EXPECT_EQ(labels.number(row, labels.column("n")), counts.repeats());
      EXPECT_EQ(labels.number(row, labels.column("hits")), counts.hits);
      EXPECT_EQ(labels.number(row, labels.column("false_alarms")), counts.false_alarms);
      EXPECT_EQ(labels.number(row, labels.column("correct_rejections")), counts.correct_rejections);
      expect_number(labels, row, "score", counts.hit_rate());
      expect_number(labels, row, "false_alarm_rate", counts.false_alarm_rate());
      expect_number(labels, row, "corrected", counts.corrected());
      expect_number(labels, row, "dprime", counts.dprime());
      const auto interval = wilson_interval(counts.hits, counts.repeats());
      expect_number(labels, row, "low", interval->low);
      expect_number(labels, row, "high", interval->high);
      ++row;
    }
    EXPECT_EQ(row, labels.rows());
  }

  static void expect_intervals(const std::string& name, const ListenerAnswers& answers) {
    const data::CsvFile intervals(folder() / (name + "_intervals.csv"));
    ASSERT_EQ(answers.lags.size(), intervals.rows());
    std::size_t row = 0;
    for (const auto& [lag, counts] : answers.lags) {
      EXPECT_EQ(intervals.number(row, intervals.column("interval")), lag);
      EXPECT_EQ(intervals.number(row, intervals.column("n")), counts.repeats());
      expect_number(intervals, row, "hit_rate", counts.hit_rate());
      ++row;
    }
  }

  static void expect_reliability(const std::string& name, const ListenerAnswers& answers) {
    const data::CsvFile settings(folder() / "settings.csv");
    const auto splits = static_cast<int>(settings.number(0, settings.column("splits")));
    const auto seed = static_cast<std::uint64_t>(settings.number(0, settings.column("seed")));
    const Reliability reliability = split_half(answers, splits, seed).reliability.value();
    const data::CsvFile golden(folder() / (name + "_reliability.csv"));
    EXPECT_EQ(golden.number(0, golden.column("splits")), reliability.splits);
    expect_number(golden, 0, "split_half_mean", reliability.split_half_mean);
    expect_number(golden, 0, "split_half_sd", reliability.split_half_sd);
    expect_number(golden, 0, "spearman_brown", reliability.spearman_brown);
    expect_number(golden, 0, "ceiling", reliability.ceiling);
  }

  static ListenerAnswers expect_all(const std::string& name, const std::string& file, data::LogLayout layout,
                                    const ListenerFilters& filters, const data::ColumnNames& names = {}) {
    const data::GameLog log = data::read_game_log(folder() / file, layout, names);
    ListenerAnswers answers = answers_of_listeners(log, filters);
    expect_labels(name, log, answers);
    expect_intervals(name, answers);
    expect_reliability(name, answers);
    return answers;
  }
};

TEST_F(ListenersGolden, long_rows_are_scored_as_pandas_scores_them) {
  const ListenerAnswers answers = expect_all("long", "long.csv", data::LogLayout::long_rows, {});

  const data::CsvFile filters(folder() / "long_filters.csv");
  for (std::size_t row = 0; row < filters.rows(); ++row) {
    EXPECT_EQ(answers.filters.at(row).name, filters.field(row, 0));
    EXPECT_EQ(answers.filters.at(row).left_out, filters.number(row, 1));
  }
}

TEST_F(ListenersGolden, repeats_of_what_was_called_a_repeat_are_left_out_where_asked) {
  expect_all("long_first_new", "long.csv", data::LogLayout::long_rows, {.first_new = true});
}

TEST_F(ListenersGolden, tabs_and_other_names_change_nothing) {
  expect_all("long", "sub-all_beh.tsv", data::LogLayout::long_rows, {},
             {{"participant", "subject"}, {"clip", "stimulus"}});
}

TEST_F(ListenersGolden, games_of_the_published_layout_are_scored_as_its_study_was) {
  expect_all("audmem", "audmem.csv", data::LogLayout::audmem, {});
}

// By hand: 9 of 10 repeats, 1 of 4 firsts. z(9.5/11) = 1.0968..., z(1.5/5) = -0.5244...
TEST(Answers, follow_the_formulas) {
  const AnswerCounts counts{9, 1, 1, 3};

  EXPECT_DOUBLE_EQ(*counts.hit_rate(), 0.9);
  EXPECT_DOUBLE_EQ(*counts.corrected(), 0.65);
  EXPECT_NEAR(*counts.dprime(), 1.0968035620935133 + 0.5244005127080407, 1e-9);
  EXPECT_FALSE((AnswerCounts{3, 1, 0, 0}).dprime());
  EXPECT_FALSE((AnswerCounts{0, 0, 1, 2}).hit_rate());
}

TEST(Answers, intervals_of_none_and_all_end_where_shares_do) {
  EXPECT_EQ(wilson_interval(0, 12)->low, 0.0);
  EXPECT_EQ(wilson_interval(12, 12)->high, 1.0);
  // scipy.stats.binomtest(7, 10).proportion_ci(method="wilson")
  EXPECT_NEAR(wilson_interval(7, 10)->low, 0.39677814746114526, tolerance);
  EXPECT_NEAR(wilson_interval(7, 10)->high, 0.892208732593699, tolerance);
  EXPECT_FALSE(wilson_interval(0, 0));
}

TEST(Reliability, of_the_published_halves_leaves_more_to_attain_than_they_agree) {
  const Reliability published = reliability_of_ytmm();

  EXPECT_EQ(published.split_half_mean, 0.8211);
  EXPECT_NEAR(*published.spearman_brown, 0.9018, 5e-5);
  EXPECT_NEAR(*published.ceiling, 0.9496, 5e-5);
  EXPECT_FALSE(Reliability::of_halves(-0.1, 0.2, 10).ceiling);
}

// Simulated listeners who differ in nothing but chance: scores of two halves correlate by what the clips' spread and the
// number of answers leave, and the ceiling is the correlation with the true memorability.
TEST(SplitHalf, ceiling_is_the_correlation_with_the_truth) {
  data::Generator random(3);
  constexpr std::size_t clips = 400;
  constexpr std::size_t listeners = 40;
  ListenerAnswers answers;
  answers.clips.resize(clips);
  answers.games.resize(listeners);
  std::vector<double> truth;
  std::vector<double> score;
  for (std::size_t clip = 0; clip < clips; ++clip) {
    truth.push_back(random.uniform(0.3, 0.9));
    double hits = 0.0;
    for (auto& game : answers.games) {
      const bool is_hit = random.chance(truth.back());
      hits += is_hit ? 1.0 : 0.0;
      game.push_back({static_cast<std::uint32_t>(clip), is_hit});
    }
    score.push_back(hits / listeners);
  }

  const Reliability reliability = split_half(answers, 200, 1).reliability.value();

  EXPECT_NEAR(*reliability.ceiling, *spearman(truth, score), 0.02);
  EXPECT_LT(reliability.split_half_mean, *reliability.ceiling - 0.05);
}

TEST(SplitHalf, of_one_listener_or_of_clips_that_nobody_shares_has_no_reliability) {
  ListenerAnswers answers;
  answers.clips.resize(3);
  answers.games = {{{0, true}, {1, false}, {2, true}}};
  EXPECT_FALSE(split_half(answers, 10, 1).reliability);
  answers.games = {{{0, true}}, {{1, true}}};
  EXPECT_FALSE(split_half(answers, 10, 1).reliability);
  EXPECT_EQ(split_half(answers, 10, 1).undefined, 10);
}

}  // namespace
}  // namespace musicmem::models
