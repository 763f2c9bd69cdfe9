// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/statistics/significance.h"

#include "data/generator.h"
#include "models/statistics/metrics.h"
#include "models/statistics/partial_correlation.h"
#include "tests/models/example_table.h"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

namespace musicmem::models {
namespace {

data::hdf5::Reader open_significance() {
  return data::hdf5::Reader(MUSICMEM_TEST_DATA "/significance_golden.h5");
}

// Every resample written out and measured as if it were data.
Interval slow_bootstrap_spearman(const std::vector<double>& labels,
                                 const std::vector<std::vector<double>>& predictions,
                                 const BootstrapSettings& settings) {
  data::Generator generator(settings.seed);
  std::vector<double> statistics;
  for (int r = 0; r < settings.resamples; ++r) {
    std::vector<std::size_t> drawn;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      drawn.push_back(static_cast<std::size_t>(generator.below(labels.size())));
    }
    double sum = 0.0;
    double defined = 0.0;
    for (const std::vector<double>& list : predictions) {
      std::vector<double> x;
      std::vector<double> y;
      for (const std::size_t i : drawn) {
        x.push_back(labels[i]);
        y.push_back(list[i]);
      }
      if (const auto correlation = spearman(x, y)) {
        sum += *correlation;
        ++defined;
      }
    }
    if (defined > 0.0) statistics.push_back(sum / defined);
  }
  std::sort(statistics.begin(), statistics.end());
  return {quantile(statistics, 0.025), quantile(statistics, 0.975)};
}

std::optional<Interval> interval_of(const Replicates& replicates) {
  return percentile_interval(replicates).interval;
}

std::vector<std::vector<double>> lists_of(const data::hdf5::Reader& file, const std::string& path) {
  const auto shape = file.shape(path);
  const std::vector<double> values = file.doubles(path);
  std::vector<std::vector<double>> lists;
  for (std::size_t list = 0; list < shape.at(0); ++list) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(list * shape.at(1));
    lists.emplace_back(first, first + static_cast<std::ptrdiff_t>(shape.at(1)));
  }
  return lists;
}

TEST(TTest, agrees_with_scipy) {
  const auto golden = open_significance();
  const std::vector<double> expected = golden.doubles("t_test/result");

  const auto test = corrected_resampled_t_test(golden.doubles("t_test/differences"),
                                               golden.doubles("t_test/test_to_train")[0]);

  ASSERT_TRUE(test.has_value());
  EXPECT_NEAR(test->difference, expected[0], 1e-15);
  EXPECT_NEAR(test->t, expected[1], 1e-12);
  EXPECT_NEAR(test->p, expected[2], 1e-12);
  EXPECT_NEAR(test->interval.low, expected[3], 1e-12);
  EXPECT_NEAR(test->interval.high, expected[4], 1e-12);
  EXPECT_EQ(test->degrees_of_freedom, 9);
}

TEST(TTest, is_undefined_for_one_fold_and_for_equal_differences) {
  EXPECT_FALSE(corrected_resampled_t_test(std::vector<double>{0.1}, 0.1).has_value());
  EXPECT_FALSE(corrected_resampled_t_test(std::vector<double>{0.1, 0.1, 0.1}, 0.1).has_value());
}

TEST(TTest, does_not_depend_on_the_order_of_folds_and_turns_with_the_sign) {
  const std::vector<double> folds = {0.3, -0.1, 0.2, 0.05};
  std::vector<double> turned = {-0.05, -0.2, 0.1, -0.3};

  const auto test = corrected_resampled_t_test(folds, 1.0 / 3);
  const auto other = corrected_resampled_t_test(turned, 1.0 / 3);

  EXPECT_NEAR(test->t, -other->t, 1e-12);
  EXPECT_NEAR(test->p, other->p, 1e-12);
}

TEST(TTest, finds_in_four_of_five_studies_what_it_calls_detectable_as_scipy_says) {
  const auto golden = open_significance();
  const std::vector<double> degrees = golden.doubles("detectable/degrees_of_freedom");
  const std::vector<double> expected = golden.doubles("detectable/standard_errors");

  for (std::size_t i = 0; i < degrees.size(); ++i)
    EXPECT_NEAR(detectable_standard_errors(static_cast<int>(degrees[i])), expected[i], 1e-8) << degrees[i];

  const auto test = corrected_resampled_t_test(golden.doubles("t_test/differences"), 1.0 / 9);
  EXPECT_NEAR(test->detectable, expected[3] * test->difference / test->t, 1e-9);
}

TEST(BayesianTest, agrees_with_the_published_formula_in_scipy) {
  const auto golden = open_significance();
  const double rho = golden.doubles("bayesian/rho")[0];
  const std::vector<double> ropes = golden.doubles("bayesian/ropes");
  for (const std::string name : {"ten", "thirty"}) {
    const auto expected = lists_of(golden, "bayesian/of_" + name);
    for (std::size_t i = 0; i < ropes.size(); ++i) {
      const auto posterior =
          bayesian_correlated_t_test(golden.doubles("bayesian/" + name), rho / (1.0 - rho), ropes[i]);

      ASSERT_TRUE(posterior.has_value());
      EXPECT_NEAR(posterior->below, expected[i][0], 1e-12) << name;
      EXPECT_NEAR(posterior->within, expected[i][1], 1e-12) << name;
      EXPECT_NEAR(posterior->above, expected[i][2], 1e-12) << name;
    }
  }
}

TEST(BayesianTest, is_undefined_where_the_t_test_is) {
  EXPECT_FALSE(bayesian_correlated_t_test(std::vector<double>{0.1}, 0.1, 0.02).has_value());
  EXPECT_FALSE(bayesian_correlated_t_test(std::vector<double>{0.1, 0.1, 0.1}, 0.1, 0.02).has_value());
}

TEST(BayesianTest, without_a_region_says_what_the_two_sided_test_says) {
  const std::vector<double> folds = {0.3, -0.1, 0.2, 0.05};

  const auto posterior = bayesian_correlated_t_test(folds, 1.0 / 3, 0.0);

  EXPECT_NEAR(2.0 * posterior->below, corrected_resampled_t_test(folds, 1.0 / 3)->p, 1e-12);
  EXPECT_EQ(posterior->within, 0.0);
}

TEST(Holm, agrees_with_its_definition) {
  const auto golden = open_significance();

  const std::vector<double> adjusted = holm(golden.doubles("holm/p"));

  EXPECT_THAT(adjusted, ::testing::Pointwise(::testing::DoubleNear(1e-15), golden.doubles("holm/adjusted")));
  EXPECT_TRUE(holm({}).empty());
}

TEST(SignFlipTest, enumerates_few_differences_as_scipy_does) {
  const auto golden = open_significance();

  const auto p = sign_flip_test(golden.doubles("sign_flip/few"), 10000, 1);

  EXPECT_NEAR(*p, golden.doubles("sign_flip/few_p")[0], 1e-12);
}

TEST(SignFlipTest, agrees_with_scipy_within_sampling_error_on_many_differences) {
  const auto golden = open_significance();
  const double expected = golden.doubles("sign_flip/many_p")[0];
  constexpr int resamples = 100000;

  const auto p = sign_flip_test(golden.doubles("sign_flip/many"), resamples, 1);

  EXPECT_NEAR(*p, expected, 5.0 * std::sqrt(expected * (1.0 - expected) / resamples));
}

TEST(SignFlipTest, finds_nothing_in_differences_of_zero) {
  EXPECT_DOUBLE_EQ(*sign_flip_test(std::vector<double>(40, 0.0), 1000, 1), 1.0);
  EXPECT_FALSE(sign_flip_test({}, 1000, 1).has_value());
}

TEST(Bootstrap, gives_the_bits_of_resamples_written_out) {
  const std::vector<double> labels = {0.1, 0.4, 0.4, 0.9, 0.3, 0.7, 0.2, 0.2};
  const std::vector<std::vector<double>> predictions = {{0.2, 0.2, 0.5, 0.8, 0.1, 0.5, 0.3, 0.4},
                                                        {0.6, 0.1, 0.1, 0.1, 0.2, 0.9, 0.3, 0.3}};
  const BootstrapSettings settings{2000, 5, 0.95};

  const auto interval = interval_of(resampled_spearman(labels, predictions, settings));

  const Interval expected = slow_bootstrap_spearman(labels, predictions, settings);
  EXPECT_NEAR(interval->low, expected.low, 1e-12);
  EXPECT_NEAR(interval->high, expected.high, 1e-12);
}

// Whole groups, drawn as often as there are groups, written out track by track.
Interval slow_bootstrap_of_groups(const std::vector<double>& labels, const std::vector<double>& prediction,
                                  const std::vector<int>& groups, const BootstrapSettings& settings) {
  const auto count = static_cast<std::size_t>(*std::max_element(groups.begin(), groups.end())) + 1;
  data::Generator generator(settings.seed);
  const data::Below below(count);
  std::vector<double> values;
  for (int r = 0; r < settings.resamples; ++r) {
    std::vector<double> drawn_labels;
    std::vector<double> drawn_predictions;
    for (std::size_t draw = 0; draw < count; ++draw) {
      const auto group = static_cast<int>(below(generator));
      for (std::size_t i = 0; i < labels.size(); ++i) {
        if (groups[i] != group) continue;
        drawn_labels.push_back(labels[i]);
        drawn_predictions.push_back(prediction[i]);
      }
    }
    if (const auto value = spearman(drawn_labels, drawn_predictions)) values.push_back(*value);
  }
  std::sort(values.begin(), values.end());
  return {quantile(values, 0.025), quantile(values, 0.975)};
}

TEST(Bootstrap, of_groups_draws_them_whole) {
  const std::vector<double> labels = {0.1, 0.4, 0.4, 0.9, 0.3, 0.7, 0.2, 0.2};
  const std::vector<double> prediction = {0.2, 0.2, 0.5, 0.8, 0.1, 0.5, 0.3, 0.4};
  const std::vector<int> groups = {0, 1, 0, 2, 2, 3, 1, 0};
  const BootstrapSettings settings{2000, 5, 0.95};

  const auto interval = interval_of(resampled_spearman(labels, {prediction}, settings, groups));

  const Interval expected = slow_bootstrap_of_groups(labels, prediction, groups, settings);
  EXPECT_NEAR(interval->low, expected.low, 1e-12);
  EXPECT_NEAR(interval->high, expected.high, 1e-12);
  const std::vector<int> alone = {0, 1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(resampled_spearman(labels, {prediction}, settings, alone),
            resampled_spearman(labels, {prediction}, settings));
}

TEST(Bootstrap, gives_the_same_resamples_in_the_same_order_on_any_number_of_threads) {
  const auto golden = open_significance();
  const std::vector<double> labels = golden.doubles("bootstrap/labels");
  const std::vector<std::vector<double>> predictions = {golden.doubles("bootstrap/prediction")};
  cpu_set_t all;
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);

  const auto threaded = resampled_spearman(labels, predictions);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  const auto alone = resampled_spearman(labels, predictions);
  sched_setaffinity(0, sizeof all, &all);

  EXPECT_EQ(threaded, alone);
}

TEST(Bootstrap, takes_fewer_resamples_of_many_values_and_never_few) {
  EXPECT_EQ(affordable_resamples(940), 10000);
  EXPECT_EQ(affordable_resamples(20'000), 10000);
  EXPECT_EQ(affordable_resamples(100'000), 2000);
  EXPECT_EQ(affordable_resamples(10'000'000), 1000);
}

TEST(SignFlipTest, agrees_with_every_pattern_of_signs_within_sampling_error) {
  std::vector<double> differences;
  for (int i = 0; i < 18; ++i) differences.push_back(std::sin(3.0 * i) + 0.2);
  constexpr int resamples = 100000;

  const double exact = *sign_flip_test(differences, 1 << 18, 1);
  const double drawn = *sign_flip_test(differences, resamples, 1);

  EXPECT_NEAR(drawn, exact, 5.0 * std::sqrt(exact * (1.0 - exact) / resamples));
}

TEST(Bootstrap, agrees_with_scipy_within_sampling_error) {
  const auto golden = open_significance();
  const std::vector<double> expected = golden.doubles("bootstrap/interval");

  const auto interval = interval_of(
      resampled_spearman(golden.doubles("bootstrap/labels"), {golden.doubles("bootstrap/prediction")}));

  EXPECT_NEAR(interval->low, expected[0], 0.01);
  EXPECT_NEAR(interval->high, expected[1], 0.01);
}

TEST(Bootstrap, has_no_interval_where_nothing_is_defined) {
  const std::vector<double> labels = {0.1, 0.2, 0.3};

  EXPECT_FALSE(interval_of(resampled_spearman(labels, {{0.5, 0.5, 0.5}})).has_value());
  EXPECT_FALSE(interval_of(resampled_spearman(std::vector<double>{0.1}, {{0.5}})).has_value());
  EXPECT_FALSE(bootstrap_mean(std::vector<double>{0.1}).has_value());
}

TEST(Bootstrap, of_two_tracks_is_the_correlation_itself) {
  const auto interval = percentile_interval(resampled_spearman(std::vector<double>{0.1, 0.9}, {{0.3, 0.2}}));

  EXPECT_DOUBLE_EQ(interval.interval->low, -1.0);
  EXPECT_DOUBLE_EQ(interval.interval->high, -1.0);
  EXPECT_EQ(interval.resamples, 10000);
  EXPECT_NEAR(interval.undefined, 5000, 300);  // every second one draws a track twice
}

// Its rules were written out in Python, with the generator's numbers.
TEST(Bootstrap, of_differences_agrees_with_its_rules_read_in_python) {
  const data::hdf5::Reader golden(MUSICMEM_TEST_DATA "/metrics_golden.h5");
  for (const std::string group : {"paired", "undefined"}) {
    const std::vector<double> labels = golden.doubles(group + "/labels");
    const std::vector<double> expected = golden.doubles(group + "/interval");
    BootstrapSettings settings;
    settings.resamples = 1000;
    const auto replicates = [&](const std::string& name) {
      return resampled_spearman(labels, lists_of(golden, group + "/" + name), settings);
    };

    const ReplicateInterval interval = percentile_interval(difference(replicates("a"), replicates("b")));

    EXPECT_NEAR(interval.interval->low, expected[0], 1e-12) << group;
    EXPECT_NEAR(interval.interval->high, expected[1], 1e-12) << group;
    EXPECT_EQ(interval.undefined, expected[2]) << group;
  }
}

// Fits with more seeds are resampled less often: what both have are the same resamples.
TEST(Bootstrap, of_fewer_resamples_begins_as_that_of_more_does) {
  const std::vector<double> labels = {0.1, 0.4, 0.4, 0.9, 0.3, 0.7, 0.2, 0.2};
  const std::vector<std::vector<double>> predictions = {{0.2, 0.2, 0.5, 0.8, 0.1, 0.5, 0.3, 0.4}};

  const Replicates few = resampled_spearman(labels, predictions, {500, 1, 0.95});
  const Replicates many = resampled_spearman(labels, predictions, {2000, 1, 0.95});

  EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
  EXPECT_EQ(difference(few, many).size(), 500);
}

TEST(Quantile, agrees_with_numpy) {
  const auto golden = open_significance();
  const std::vector<double> values = golden.doubles("quantile/values");
  const std::vector<double> expected = golden.doubles("quantile/result");

  EXPECT_NEAR(quantile(values, 0.0), expected[0], 1e-14);
  EXPECT_NEAR(quantile(values, 0.025), expected[1], 1e-14);
  EXPECT_NEAR(quantile(values, 0.4), expected[2], 1e-14);
  EXPECT_NEAR(quantile(values, 1.0), expected[3], 1e-14);
}

TEST(PartialSpearman, agrees_with_residuals_of_ranks_in_scipy) {
  const auto golden = open_significance();
  const std::vector<double> labels = golden.doubles("partial/labels");
  const std::vector<double> prediction = golden.doubles("partial/prediction");
  const Covariates covariates = lists_of(golden, "partial/covariates");

  EXPECT_NEAR(*partial_spearman(labels, prediction, {covariates[0]}), golden.doubles("partial/of_one")[0],
              1e-12);
  EXPECT_NEAR(*partial_spearman(labels, prediction, covariates), golden.doubles("partial/of_three")[0],
              1e-12);
  EXPECT_NEAR(*partial_spearman(labels, prediction, {}), *spearman(labels, prediction), 1e-12);
}

TEST(PartialSpearman, counts_a_covariate_that_follows_from_others_once) {
  const auto golden = open_significance();
  const std::vector<double> labels = golden.doubles("partial/labels");
  const std::vector<double> prediction = golden.doubles("partial/prediction");
  Covariates covariates = lists_of(golden, "partial/covariates");
  covariates.insert(covariates.begin() + 1, covariates[0]);
  covariates.emplace_back(labels.size(), 7.0);

  const auto partial = partial_spearman(labels, prediction, covariates);

  EXPECT_NEAR(*partial, golden.doubles("partial/of_three")[0], 1e-12);
}

TEST(PartialSpearman, is_undefined_where_covariates_leave_nothing) {
  const std::vector<double> labels = {0.1, 0.5, 0.3, 0.9, 0.2};
  const std::vector<double> prediction = {0.2, 0.4, 0.4, 0.6, 0.1};

  EXPECT_FALSE(partial_spearman(labels, prediction, {labels}).has_value());
  EXPECT_FALSE(partial_spearman(labels, prediction, {prediction}).has_value());
  EXPECT_FALSE(partial_spearman(labels, std::vector<double>(5, 0.3), {{1, 2, 4, 3, 5}}).has_value());
}

TEST(PartialSpearman, of_resamples_is_that_of_resamples_written_out) {
  const std::vector<double> labels = {0.1, 0.4, 0.4, 0.9, 0.3, 0.7, 0.2, 0.2};
  const std::vector<double> prediction = {0.2, 0.2, 0.5, 0.8, 0.1, 0.5, 0.3, 0.4};
  const std::vector<double> covariate = {1.0, 3.0, 2.0, 2.0, 5.0, 4.0, 1.0, 0.0};
  const BootstrapSettings settings{500, 5, 0.95};
  data::Generator generator(settings.seed);

  const Replicates replicates = resampled_partial_spearman(labels, {prediction}, {covariate}, settings);

  for (const double replicate : replicates) {
    std::vector<double> x;
    std::vector<double> y;
    std::vector<double> z;
    for (std::size_t draw = 0; draw < labels.size(); ++draw) {
      const auto i = static_cast<std::size_t>(generator.below(labels.size()));
      x.push_back(labels[i]);
      y.push_back(prediction[i]);
      z.push_back(covariate[i]);
    }
    const auto expected = partial_spearman(x, y, {z});
    ASSERT_EQ(std::isnan(replicate), !expected.has_value());
    if (expected) {
      EXPECT_NEAR(replicate, *expected, 1e-12);
    }
  }
}

}  // namespace
}  // namespace musicmem::models
