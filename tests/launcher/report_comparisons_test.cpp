// SPDX-License-Identifier: GPL-3.0-or-later
// What a report tests against what.
#include "launcher/results/chosen_variant.h"
#include "tests/launcher/handwritten_run.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <gmock/gmock.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

using ReportedComparisons = HandwrittenRun;

TEST_F(ReportedComparisons, tests_are_refused_for_incomplete_grids_unless_asked_for) {
  for (const char* model : {"svr", "mlp"}) {
    add_fits({0.5, 0.6, 0.1, 0.3}, model);
  }
  plan_fit(0, "7", "mlp");

  EXPECT_TRUE(report()->comparisons.rows.empty());
  EXPECT_THAT(markdown(), HasSubstr("4 of 5 fits"));
  EXPECT_FALSE(report(true)->comparisons.rows.empty());
}

TEST_F(ReportedComparisons, comparisons_pair_folds_and_follow_nadeau_and_bengio) {
  add_fit(0, "none", "a|b,0,none,0.1,0.3\nc,0,none,0.4,0.4\n", "svr");  // mean absolute error 0.1
  add_fit(1, "none", "d,1,none,0.2,0.2\ne,1,none,0.9,0.5\n", "svr");    // 0.2
  add_fit(0, "none", "a|b,0,none,0.1,0.1\nc,0,none,0.4,0.4\n", "mlp");  // 0
  add_fit(1, "none", "d,1,none,0.2,0.2\ne,1,none,0.9,0.9\n", "mlp");    // 0

  const auto made = report();
  const auto row = std::find_if(made->comparisons.rows.begin(), made->comparisons.rows.end(),
                                [](const Comparison& c) { return c.metric == "mae"; });

  ASSERT_NE(row, made->comparisons.rows.end());
  EXPECT_EQ(row->a->model, "mlp");
  EXPECT_NEAR(*row->difference, -0.15, 1e-15);
  // s^2 = 0.005 and (1/2 + 2/2) s^2 = 0.0075
  EXPECT_NEAR(row->test->t, -0.15 / std::sqrt(0.0075), 1e-12);
  EXPECT_EQ(row->test->degrees_of_freedom, 1);
  EXPECT_EQ(row->p_holm, row->test->p);
}

// The formula of Benavoli et al. for one degree of freedom, where Student's distribution is Cauchy's.
TEST_F(ReportedComparisons, say_how_likely_a_difference_is_to_matter) {
  add_fit(0, "none", "a|b,0,none,0.1,0.3\nc,0,none,0.4,0.4\n", "svr");  // mean absolute error 0.1
  add_fit(1, "none", "d,1,none,0.2,0.2\ne,1,none,0.9,0.5\n", "svr");    // 0.2
  add_fit(0, "none", "a|b,0,none,0.1,0.1\nc,0,none,0.4,0.4\n", "mlp");  // 0
  add_fit(1, "none", "d,1,none,0.2,0.2\ne,1,none,0.9,0.9\n", "mlp");    // 0
  plan_["rope"] = {{"spearman", 0.02}, {"pearson", 0.02}, {"mse", 0.001}, {"mae", 0.05}};

  const auto made = report();
  const auto row = std::find_if(made->comparisons.rows.begin(), made->comparisons.rows.end(),
                                [](const Comparison& c) { return c.metric == "mae"; });

  ASSERT_NE(row, made->comparisons.rows.end());
  const double deviation = std::sqrt((0.09 + 0.0 + 0.04 + 0.25) / 4.0);  // of 0.1, 0.4, 0.2, 0.9 around 0.4
  EXPECT_NEAR(row->rope, 0.05 * deviation, 1e-15);
  const double scale = std::sqrt(0.0075);
  const auto below = [&](double x) { return 0.5 + std::atan((x + 0.15) / scale) / std::numbers::pi; };
  EXPECT_NEAR(*row->p_a_better(), below(-row->rope), 1e-12) << "mlp has the lower error";
  EXPECT_NEAR(*row->p_b_better(), 1.0 - below(row->rope), 1e-12);
  EXPECT_NEAR(*row->p_equivalent(), below(row->rope) - below(-row->rope), 1e-12);
  EXPECT_NEAR(row->test->detectable, 16.33400887 * scale, 1e-6);
  for (const std::string& form :
       {as_markdown(report_document(*made, {})), as_html(report_document(*made, {})),
        as_latex(report_document(*made, {}))}) {
    EXPECT_THAT(form, HasSubstr("Benavoli et al., 2017"));
    EXPECT_THAT(form, HasSubstr("smallest true difference"));
  }
}

TEST_F(ReportedComparisons, of_correlations_take_the_higher_for_better) {
  add_fits({0.1, 0.2, 0.4, 0.6}, "svr");  // correlations of 1 and 1
  add_fits({0.2, 0.1, 0.4, 0.6}, "mlp");  // of -1 and 1

  const auto made = report();
  const auto row =
      std::find_if(made->comparisons.rows.begin(), made->comparisons.rows.end(),
                   [](const Comparison& c) { return c.metric == "spearman" && c.family == Family::models; });

  ASSERT_NE(row, made->comparisons.rows.end());
  ASSERT_EQ(row->a->model, "mlp");
  EXPECT_GT(*row->p_b_better(), *row->p_a_better());
  EXPECT_NEAR(*row->p_a_better() + *row->p_equivalent() + *row->p_b_better(), 1.0, 1e-12);
}

TEST_F(ReportedComparisons, of_shares_of_the_training_tracks_are_a_learning_curve) {
  add_fits({0.1, 0.2, 0.4, 0.6});
  add_fits({0.2, 0.1, 0.4, 0.6}, "svr", "share-0.5");

  const auto made = report();

  EXPECT_THAT(compared(*made, Family::learning), testing::ElementsAre("svr share-0.5 > svr vanilla"));
  EXPECT_THAT(compared(*made, Family::chance), testing::ElementsAre("svr vanilla > chance"));
  EXPECT_THAT(learning_curve_csv(made->results),
              testing::AllOf(HasSubstr("\nsvr,share-0.5,0.5,1,2,2,"), HasSubstr("\nsvr,vanilla,1,2,2,2,")));
  for (const std::string& form : {as_markdown(report_document(*made, {})),
                                  as_html(report_document(*made, {})), as_latex(report_document(*made, {}))})
    EXPECT_THAT(form, HasSubstr("Learning curve"));
  // n_test / n_train of the share: 2 / (2 / 2)
  const auto row =
      std::find_if(made->comparisons.rows.begin(), made->comparisons.rows.end(),
                   [](const Comparison& c) { return c.family == Family::learning && c.metric == "mae"; });
  ASSERT_TRUE(row->test.has_value());
  const double error = row->test->difference / row->test->t;
  const auto errors = [&](const FitGroup& group, int fold) {
    return group.fits[static_cast<std::size_t>(fold)].metrics.mae;
  };
  const double d0 = errors(*row->a, 0) - errors(*row->b, 0);
  const double d1 = errors(*row->a, 1) - errors(*row->b, 1);
  EXPECT_NEAR(error * error, (0.5 + 2.0) * 0.5 * (d0 - d1) * (d0 - d1), 1e-15);
}

TEST_F(ReportedComparisons, given_covariates_leave_what_they_do_not_say) {
  add_fits({0.1, 0.2, 0.4, 0.6});
  add_fits({0.1, 0.2, 0.3, 0.4}, "covariates");
  plan_["covariates"] = {"popularity"};
  const std::array<double, 4> popularity = {3.0, 1.0, 2.0, 4.0};
  for (std::size_t t = 0; t < 4; ++t) plan_["tracks"][t]["covariates"] = {popularity.at(t)};

  const auto made = report();

  const FitGroup& svr = made->results.groups.at(0);
  EXPECT_EQ(svr.partial_spearman, models::partial_spearman(std::vector<double>{0.1, 0.4, 0.2, 0.9},
                                                           std::vector<double>{0.1, 0.2, 0.4, 0.6},
                                                           {{popularity.begin(), popularity.end()}}));
  EXPECT_TRUE(svr.partial_spearman.has_value());
  EXPECT_FALSE(made->results.groups.at(1).partial_spearman.has_value()) << "their own baseline";
  for (const std::string& form :
       {as_markdown(report_document(*made, {})), as_html(report_document(*made, {})),
        as_latex(report_document(*made, {}))}) {
    EXPECT_THAT(form, HasSubstr("Beside the covariates"));
    EXPECT_THAT(form, HasSubstr("popularity"));
  }
  EXPECT_THAT(summary_csv(made->results),
              HasSubstr(",partial_spearman,partial_spearman_low,partial_spearman_high,"));
}

TEST_F(ReportedComparisons, of_runs_with_and_without_covariates_say_which_have_none) {
  add_fits({0.1, 0.2, 0.4, 0.6});
  RunResults without = results();
  plan_["covariates"] = {"popularity"};
  for (std::size_t t = 0; t < 4; ++t) plan_["tracks"][t]["covariates"] = {static_cast<double>(t * t % 3)};
  RunResults with = results();
  with.groups[0].prediction[0] = 0.11;  // not a copy
  RunResults others = with;
  others.plan.covariates = {"year"};

  const auto made = make_report(merge_runs({without, with, others}, {"one", "two", "three"}), {}, false);

  EXPECT_THAT(
      as_markdown(report_document(*made, {})),
      testing::AllOf(HasSubstr("Beside the covariates"), HasSubstr("given popularity"),
                     HasSubstr("one: has no partial correlations, as it names no covariates"),
                     HasSubstr("three: partial correlations are given other covariates than those of two")));
}

TEST_F(ReportedComparisons, runs_of_other_labels_are_not_paired_and_the_difference_is_named) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
  RunResults first = results();
  RunResults second = results();
  second.plan.tracks[1].label = 0.5;

  try {
    merge_runs({first, second}, {"one", "two"});
    FAIL() << "they were paired";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("track 2 ('c') has the label 0.4 against 0.5"));
  }
  EXPECT_EQ(merge_runs({first, first}, {"one", "two"}).groups.at(1).model, "two/svr");
}

TEST_F(ReportedComparisons, every_variant_stands_against_chance_and_those_without_a_test_last) {
  add_fits({0.3, 0.3, 0.4, 0.4}, "mean");
  add_fits({0.1, 0.2, 0.6, 0.4}, "mlp");
  add_fits({0.1, 0.2, 0.4, 0.6}, "mlp", "lds");
  add_fits({0.2, 0.1, 0.4, 0.6}, "mlp", "shuffled");

  const auto made = report();

  // Correlations of 1 and -1, of 1 and 1, and none.
  EXPECT_THAT(compared(*made, Family::chance),
              testing::ElementsAre("mlp vanilla > chance", "mlp lds > chance", "mean vanilla > chance"));
  const auto row = std::find_if(made->comparisons.rows.begin(), made->comparisons.rows.end(),
                                [](const Comparison& c) { return c.family == Family::chance; });
  EXPECT_EQ(row->difference, 0.0);
  EXPECT_DOUBLE_EQ(row->test->p, 1.0);
  EXPECT_EQ(row->pooled_difference, made->results.groups[1].pooled_spearman);
  EXPECT_THAT(comparisons_csv(made->comparisons), HasSubstr("chance,spearman,mlp,vanilla,chance,,2,0,"));
}

TEST_F(ReportedComparisons, best_variant_by_validation_stands_for_its_model_and_the_report_says_so) {
  add_fits({0.1, 0.2, 0.6, 0.4}, "mlp", "vanilla", 0.2);
  add_fits({0.1, 0.2, 0.4, 0.6}, "mlp", "lds", 0.3);
  add_fits({0.2, 0.1, 0.4, 0.6}, "svr");
  add_fits({0.3, 0.1, 0.4, 0.6}, "svr", "augmented");

  const auto made = report();

  EXPECT_THAT(compared(*made, Family::models), testing::ElementsAre("svr vanilla > mlp lds"));
  for (const std::string& form :
       {as_markdown(report_document(*made, {})), as_html(report_document(*made, {}))}) {
    EXPECT_THAT(form, HasSubstr("mlp is represented by lds, its best variant by validation"));
    EXPECT_THAT(form,
                HasSubstr("svr is represented by vanilla, its first variant, as it has no validation set"));
  }
  std::string choice;
  EXPECT_EQ(choose_variant(RunDirectory(path_), made->results.plan, "mlp", choice), "lds");
  EXPECT_EQ(choice, "mlp is represented by lds, its best variant by validation");
}

TEST_F(ReportedComparisons, runs_are_compared_model_by_model_and_their_settings_named) {
  add_fits({0.1, 0.2, 0.6, 0.4});
  add_fits({0.1, 0.3, 0.2, 0.4}, "mlp");
  RunResults first = results();
  fs::remove_all(path_);
  plan_["fits"] = json::array();
  add_fits({0.1, 0.2, 0.4, 0.6});
  add_fits({0.1, 0.3, 0.2, 0.4}, "mlp");
  RunResults second = results();
  first.provenance[0].second.configuration =
      "models:\n  - {label: svr, C: 1}\nreport:\n  rope: {mae: 0.01}\n";
  second.provenance[0].second.configuration =
      "models:\n  - {label: svr, C: 10}\nreport:\n  rope: {mae: 0.02}\n";

  const auto made = make_report(merge_runs({first, second}, {"one", "two"}), {}, false);

  EXPECT_THAT(compared(*made, Family::runs), testing::ElementsAre("two/svr vanilla > one/svr vanilla"));
  EXPECT_THAT(compared(*made, Family::models),
              testing::UnorderedElementsAre("one/mlp vanilla > one/svr vanilla",
                                            "two/svr vanilla > one/mlp vanilla"));
  ASSERT_EQ(made->comparisons.copies.size(), 1);
  for (const std::string& form :
       {as_markdown(report_document(*made, {})), as_html(report_document(*made, {})),
        as_latex(report_document(*made, {}))}) {
    EXPECT_THAT(
        form, testing::ContainsRegex("stands for both: two/[^ ]*mlp vanilla \\(one/[^ ]*mlp vanilla\\)\\."));
    EXPECT_THAT(form, HasSubstr("models.svr.C 1 "));
    EXPECT_THAT(form, HasSubstr("The runs set other regions: that of one is taken."));
  }
  const json summary = json::parse(summary_json(*made, {}));
  EXPECT_EQ(summary.at("identical").at(0).at("a").at("model"), "two/mlp");
  EXPECT_EQ(summary.at("differences").at(0).at("settings").at("models.svr.C").at("b"), "10");
}

// A test that is made twice would double its p-value in Holm's correction.
TEST_F(ReportedComparisons, a_copy_of_a_run_changes_no_p_value) {
  add_fits({0.3, 0.3, 0.4, 0.4}, "mean");
  add_fits({0.1, 0.2, 0.3, 0.6});
  add_fits({0.2, 0.3, 0.3, 0.7}, "svr", "augmented");
  add_fits({0.4, 0.1, 0.6, 0.2}, "svr", "shuffled");
  const RunResults run = results();

  const auto alone = make_report(run, {}, false);
  const auto with_copy = make_report(merge_runs({run, run}, {"run", "copy"}), {}, false);

  EXPECT_EQ(with_copy->comparisons.copies.size(), 4);
  ASSERT_EQ(with_copy->comparisons.rows.size(), alone->comparisons.rows.size());
  for (std::size_t i = 0; i < alone->comparisons.rows.size(); ++i) {
    const Comparison& before = alone->comparisons.rows[i];
    const Comparison& after = with_copy->comparisons.rows[i];
    EXPECT_EQ(after.a->model, "run/" + before.a->model);
    EXPECT_EQ(after.family, before.family);
    EXPECT_EQ(after.p_holm, before.p_holm) << before.a->name() << " " << before.metric;
    EXPECT_EQ(after.permutation_p_holm, before.permutation_p_holm);
  }
}

TEST_F(ReportedComparisons, what_a_later_run_adds_is_tested_against_what_it_repeats) {
  add_fits({0.1, 0.2, 0.3, 0.6});
  const RunResults first = results();
  add_fits({0.2, 0.3, 0.3, 0.7}, "svr", "lds");
  add_fits({0.3, 0.1, 0.2, 0.7}, "mlp");

  const auto made = make_report(merge_runs({first, results()}, {"one", "two"}), {}, false);

  EXPECT_THAT(compared(*made, Family::variants), testing::ElementsAre("two/svr lds > one/svr vanilla"));
  EXPECT_THAT(compared(*made, Family::models), testing::ElementsAre("two/mlp vanilla > one/svr vanilla"));
  EXPECT_THAT(compared(*made, Family::runs), testing::IsEmpty());
  EXPECT_THAT(compared(*made, Family::chance),
              testing::UnorderedElementsAre("one/svr vanilla > chance", "two/svr lds > chance",
                                            "two/mlp vanilla > chance"));
}

TEST_F(ReportedComparisons, three_runs_of_which_one_is_a_copy_are_compared_as_two) {
  add_fits({0.1, 0.2, 0.3, 0.6});
  const RunResults first = results();
  std::filesystem::remove_all(path_);
  plan_["fits"] = json::array();
  add_fits({0.2, 0.3, 0.3, 0.7});
  const RunResults other = results();

  const auto made = make_report(merge_runs({first, first, other}, {"one", "copy", "two"}), {}, false);

  EXPECT_THAT(compared(*made, Family::runs), testing::ElementsAre("two/svr vanilla > one/svr vanilla"));
}

TEST_F(ReportedComparisons, difference_of_pooled_correlations_is_resampled_with_the_same_tracks) {
  add_fits({0.1, 0.2, 0.6, 0.4});
  add_fits({0.3, 0.2, 0.1, 0.4}, "mlp");

  const auto made = report();

  const FitGroup& svr = made->results.groups[0];
  const FitGroup& mlp = made->results.groups[1];
  const std::vector<double> labels = {0.1, 0.4, 0.2, 0.9};
  const auto expected = models::percentile_interval(
      models::difference(models::resampled_spearman(labels, {{0.3, 0.2, 0.1, 0.4}}),
                         models::resampled_spearman(labels, {{0.1, 0.2, 0.6, 0.4}})));
  const Comparison& row = made->comparisons.rows.front();
  ASSERT_EQ(row.a, &mlp);
  EXPECT_NEAR(*row.pooled_difference, *mlp.pooled_spearman - *svr.pooled_spearman, 1e-15);
  EXPECT_EQ(row.pooled_interval.interval->low, expected.interval->low);
  EXPECT_EQ(row.pooled_interval.interval->high, expected.interval->high);
  EXPECT_GT(row.pooled_interval.undefined, 0);  // one track drawn four times
  EXPECT_EQ(row.pooled_interval.undefined, expected.undefined);
  EXPECT_THAT(
      as_markdown(report_document(*made, {})),
      testing::AllOf(HasSubstr("svr vanilla: the pooled correlation is undefined in "),
                     HasSubstr("of 10,000 resamples, which are left out of its interval"),
                     HasSubstr("mlp vanilla against svr vanilla: pooled a \u2212 b is undefined in ")));
  for (const std::string& form : {as_latex(report_document(*made, {})), summary_table(made->results)})
    EXPECT_THAT(form, HasSubstr("of 10,000 resamples, which are left out of its interval"));
  EXPECT_THAT(as_latex(report_document(*made, {})), HasSubstr("pooled a $-$ b is undefined in "));
}

TEST_F(ReportedComparisons, runs_of_other_pooling_are_not_paired) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
  const RunResults mean = results();
  plan_["pooling"] = "max";

  EXPECT_THROW(merge_runs({mean, results()}, {"one", "two"}), Error);
}

}  // namespace
}  // namespace musicmem::launcher
