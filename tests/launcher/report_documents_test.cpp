// SPDX-License-Identifier: GPL-3.0-or-later
// What a report says, in every form.
#include "launcher/study/study.h"
#include "launcher/text/markup.h"
#include "tests/launcher/handwritten_run.h"

#include <gmock/gmock.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

using ReportDocuments = HandwrittenRun;

TEST_F(ReportDocuments, names_are_escaped_in_every_form) {
  plan_["name"] = "a<b> & \"c\" 100%_ü";
  plan_fit(0, "none");

  const auto made = report();

  EXPECT_THAT(as_html(report_document(*made, {})),
              HasSubstr("<h1>a&lt;b&gt; &amp; &quot;c&quot; 100%_ü</h1>"));
  EXPECT_THAT(latex_escaped("[x] `--` ''q'' ,,y,, * П"),
              "{[}x] \\textasciigrave{}-{\\kern0pt}-\\textasciigrave{} "
              "\\textquotesingle{}\\textquotesingle{}q\\textquotesingle{}\\textquotesingle{} "
              ",{\\kern0pt},y,{\\kern0pt}, {*} \\musicmemletter{П}{041F}");
  EXPECT_THAT(latex_escaped("\xD0-\xFF\xED\xA0\x80"), "{[}byte]-{[}byte]{[}byte]{[}byte]{[}byte]");
  EXPECT_THAT(
      as_latex(report_document(*made, {})),
      HasSubstr(
          "a\\textless{}b\\textgreater{} \\& \\textquotedbl{}c\\textquotedbl{} 100\\%\\_\\allowbreak{}ü"));
  EXPECT_EQ(json::parse(summary_json(*made, {})).at("name"), plan_["name"]);
}

TEST_F(ReportDocuments, report_removes_the_pictures_of_an_earlier_one_and_no_others) {
  add_fits({0.5, 0.6, 0.1, 0.3});
  const fs::path directory = path_ / "paper";
  for (const char* name : {"mine.png", "listed.svg", "listed.txt"}) {
    data::make_directories(directory / "figures");
    data::write_file(directory / "figures" / name, "picture");
  }
  data::write_file(directory / "outside.svg", "picture");
  write_json(directory / "summary.json",
             {{"figures", {"listed.svg", "listed.txt", "../outside.svg", "gone.svg"}}});

  write_report(*report(), directory);

  EXPECT_FALSE(fs::exists(directory / "figures/listed.svg"));
  EXPECT_TRUE(fs::exists(directory / "figures/listed.txt"));
  EXPECT_TRUE(fs::exists(directory / "figures/mine.png"));
  EXPECT_TRUE(fs::exists(directory / "outside.svg"));
  for (const json& name : read_json(directory / "summary.json").at("figures")) {
    EXPECT_TRUE(fs::exists(directory / "figures" / name)) << name;
  }
}

TEST_F(ReportDocuments, names_are_escaped_in_markdown) {
  plan_fit(0, "none");

  EXPECT_THAT(markdown(), HasSubstr("# by \\<hand\\>"));
}

TEST_F(ReportDocuments, agreement_of_listeners_is_shown_for_the_published_labels_only) {
  plan_fit(0, "none");
  EXPECT_THAT(markdown(), Not(HasSubstr("half against half")));
  plan_["ytmm"] = true;
  // 0.8211 of the two halves; 2 * 0.8211 / 1.8211 = 0.9018, whose root is 0.9496.
  EXPECT_THAT(markdown(), HasSubstr("half against half 0.82; attainable 0.95"));
  EXPECT_THAT(markdown(), HasSubstr("2r/(1+r) = 0.90"));
  EXPECT_THAT(markdown(), Not(HasSubstr("ceiling for any predictor")));
}

TEST_F(ReportDocuments, reliability_of_a_study_and_shares_of_the_attainable_are_in_every_form) {
  add_fits({0.1, 0.2, 0.6, 0.4});
  plan_["reliability"] = {{"split_half_mean", 0.5},
                          {"split_half_sd", 0.03},
                          {"splits", 1000},
                          {"spearman_brown", 2.0 / 3.0},
                          {"ceiling", std::sqrt(2.0 / 3.0)}};

  const RunResults run = results();
  const Document document = report_document(*make_report(run, {}, false), {});

  const double share = *run.groups[0].pooled_spearman / std::sqrt(2.0 / 3.0);
  for (const std::string& form : {as_html(document), as_markdown(document), as_latex(document)}) {
    EXPECT_THAT(form, HasSubstr("half against half 0.50; attainable 0.82"));
    EXPECT_THAT(form, HasSubstr("1,000 splits"));
    EXPECT_THAT(form, HasSubstr(rounded(share)));
  }
  const json summary = json::parse(summary_json(*make_report(run, {}, false), {}));
  EXPECT_EQ(summary.at("reliability").at("split_half_mean"), 0.5);
  EXPECT_NEAR(summary.at("models")[0].at("attainable_share"), share, 1e-12);
  EXPECT_THAT(summary_csv(run), HasSubstr(",attainable_share,initial_weights\n"));
  EXPECT_THAT(summary_csv(run), HasSubstr("," + data::format_number(share) + ",\n"));
}

TEST(Ytmm, is_known_by_its_names_or_because_the_experiment_says_so) {
  config::Experiment experiment;
  const std::vector<std::string> published(235, "normalize_5s_intro_0123456789a.wav");
  const std::vector<std::string> table(235, "0123456789a");

  EXPECT_TRUE(is_ytmm(experiment, published));
  EXPECT_FALSE(is_ytmm(experiment, {published.begin(), published.end() - 1}));
  EXPECT_FALSE(is_ytmm(experiment, table));
  experiment.data.ytmm = true;
  EXPECT_TRUE(is_ytmm(experiment, table));
  experiment.data.synthetic = true;
  EXPECT_FALSE(is_ytmm(experiment, table));
}

TEST_F(ReportDocuments, interval_that_leaves_out_its_estimate_is_said_to) {
  add_fits({0.1, 0.2, 0.6, 0.4});
  RunResults run = results();
  EXPECT_THAT(as_markdown(report_document(*make_report(run, {}, false), {})),
              Not(HasSubstr("outside its bootstrap")));
  run.groups[0].pooled_interval = {*run.groups[0].pooled_spearman + 0.1, 1.0};

  EXPECT_THAT(as_markdown(report_document(*make_report(run, {}, false), {})),
              HasSubstr("svr vanilla: the pooled correlation lies outside its bootstrap interval"));
}

TEST_F(ReportDocuments, interval_of_a_difference_that_leaves_it_out_is_said_to) {
  add_fits({0.1, 0.2, 0.6, 0.4});
  add_fits({0.2, 0.1, 0.6, 0.4}, "mlp");
  RunResults run = results();
  EXPECT_THAT(as_markdown(report_document(*make_report(run, {}, false), {})),
              Not(HasSubstr("a \u2212 b lies outside")));
  for (double& replicate : run.groups[1].replicates) replicate += 5.0;

  EXPECT_THAT(
      as_markdown(report_document(*make_report(run, {}, false), {})),
      HasSubstr("mlp vanilla against svr vanilla: pooled a \u2212 b lies outside its bootstrap interval"));
}

TEST_F(ReportDocuments, transformers_without_pre_trained_weights_are_marked_in_every_form) {
  add_fits({0.1, 0.2, 0.6, 0.4}, "ssast");
  add_fits({0.1, 0.2, 0.4, 0.6}, "tuned");
  data::make_directories(path_);
  data::write_file(path_ / "plan.yaml",
                   "name: mine\ndata: {labels: labels.csv, audio: clips}\n"
                   "models:\n  - {name: ssast, size: tiny}\n"
                   "  - {name: ssast, label: tuned, size: tiny, pretrained: weights.pth}\n");

  const auto made = report();

  for (const std::string& form :
       {as_markdown(report_document(*made, {})), as_html(report_document(*made, {})),
        as_latex(report_document(*made, {})), summary_table(made->results)}) {
    EXPECT_THAT(form, HasSubstr("ssast (random weights)"));
    EXPECT_THAT(form, Not(HasSubstr("tuned (random weights)")));
    EXPECT_THAT(form, HasSubstr("ssast started from random weights"));
  }
  EXPECT_THAT(folds_csv(made->results), HasSubstr("kendall,initial_weights\n"));
  EXPECT_THAT(folds_csv(made->results), HasSubstr(",random\n"));
  EXPECT_THAT(comparisons_csv(made->comparisons), HasSubstr(",pretrained,random\n"));
  EXPECT_THAT(summary_csv(made->results), HasSubstr(",random\n"));
  EXPECT_THAT(summary_csv(made->results), HasSubstr(",pretrained\n"));
  EXPECT_THAT(summary_json(*made, {}), HasSubstr("ssast started from random weights"));
}

TEST_F(ReportDocuments, note_on_the_mean_model_is_left_out_where_its_correlation_is_not_negative) {
  add_fits({0.2, 0.2, 0.3, 0.3}, "baseline");
  for (json& fit : plan_["fits"]) fit["kind"] = "mean";

  EXPECT_GT(*results().groups[0].pooled_spearman, 0.0);
  EXPECT_THAT(markdown(), Not(HasSubstr("negative by construction")));
}

TEST_F(ReportDocuments, note_on_the_mean_model_follows_its_kind_and_is_in_every_form) {
  add_fits({0.5, 0.5, 0.3, 0.3}, "baseline");
  EXPECT_THAT(markdown(), Not(HasSubstr("negative by construction")));
  for (json& fit : plan_["fits"]) fit["kind"] = "mean";

  const auto made = report();

  const auto says_so = HasSubstr("pooled correlation of baseline is negative by construction");
  EXPECT_THAT(as_markdown(report_document(*made, {})), says_so);
  EXPECT_THAT(as_html(report_document(*made, {})), says_so);
  EXPECT_THAT(as_latex(report_document(*made, {})), says_so);
  EXPECT_THAT(summary_table(made->results), says_so);
  EXPECT_THAT(summary_json(*made, {}), says_so);
}

TEST_F(ReportDocuments, differences_that_are_large_by_construction_are_said_to_be_where_they_stand) {
  add_fits({0.5, 0.5, 0.3, 0.3}, "mean");
  add_fits({0.1, 0.2, 0.3, 0.6});
  add_fits({0.1, 0.2, 0.6, 0.3}, "mlp");

  const auto made = report();

  // Of the ranks, by hand: 0.8 and -2 / sqrt(20).
  EXPECT_THAT(comparisons_csv(made->comparisons),
              HasSubstr("models,spearman,svr,vanilla,mean,vanilla,0,,,,,,,,,,1.247"));
  const auto says_so = HasSubstr("Pooled differences from mean are large by construction");
  EXPECT_THAT(as_html(report_document(*made, {})), says_so);
  EXPECT_THAT(as_markdown(report_document(*made, {})), says_so);
  EXPECT_THAT(as_latex(report_document(*made, {})), says_so);
}

TEST_F(ReportDocuments, untested_tracks_of_protocol_audmem_are_counted) {
  plan_["protocol"] = "audmem";
  plan_fit(0, "none");
  EXPECT_THAT(markdown(), HasSubstr("floor(N/k) tracks, which here leaves none untested; "));
  plan_["tracks"][3]["fold"] = -1;
  EXPECT_THAT(markdown(), HasSubstr("so the last track is never tested; "));
  plan_["tracks"][2]["fold"] = -1;
  EXPECT_THAT(markdown(), HasSubstr("so the last 2 tracks are never tested; "));
}

TEST_F(ReportDocuments, a_clip_that_failed_after_it_was_predicted_is_part_of_the_study) {
  add_fit(0, "none", "c,0,none,0.4,0.6\n");
  add_fit(1, "none", "d,1,none,0.2,0.1\ne,1,none,0.9,0.3\n");
  const RunDirectory run(path_);
  for (const char* track : {"a|b", "d"}) run.record_failure({prepare_task_name(track), "h", "is gone"});

  EXPECT_THAT(markdown(), HasSubstr("3 of 4 tracks, scores from 0.200 to 0.900"));
  const RunResults failed = results();
  EXPECT_THAT(
      as_markdown(report_document(*make_report(merge_runs({failed, failed}, {"one", "two"}), {}, false), {})),
      HasSubstr("3 of 4 tracks, "));
}

TEST_F(ReportDocuments, comparisons_say_of_each_run_how_its_features_were_made) {
  plan_["from_table"] = false;
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
  const RunResults approximate = results();
  plan_["stems_source"] = "directory";
  plan_["adjusted"] = {{{"track", "c"}, {"adjustment", "trimmed by 1 s"}}};
  const RunResults separated = results();
  const std::string approximation = "drums, bass and other are a signal-processing approximation";

  const auto alone = make_report(approximate, {}, true);
  const auto both = make_report(merge_runs({separated, approximate}, {"one", "two"}), {}, true);
  const auto alike = make_report(merge_runs({approximate, approximate}, {"one", "two"}), {}, true);

  for (const auto* made : {&alone, &both, &alike}) {
    for (const std::string& form :
         {as_markdown(report_document(**made, {})), as_html(report_document(**made, {})),
          as_latex(report_document(**made, {})), summary_json(**made, {})}) {
      EXPECT_THAT(form, HasSubstr(approximation));
      EXPECT_THAT(form, HasSubstr("valence and arousal are left out"));
    }
  }
  EXPECT_THAT(as_markdown(report_document(*both, {})),
              HasSubstr("two: the sources vocals, " + approximation));
  EXPECT_THAT(as_markdown(report_document(*both, {})),
              HasSubstr("one: the sources vocals, drums, bass and other were separated"));
  EXPECT_THAT(as_markdown(report_document(*both, {})), HasSubstr("one: c trimmed by 1 s"));
  EXPECT_THAT(as_markdown(report_document(*alike, {})), Not(HasSubstr("two: the sources")));
}

}  // namespace
}  // namespace musicmem::launcher
