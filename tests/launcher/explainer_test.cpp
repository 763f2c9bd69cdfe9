// SPDX-License-Identifier: GPL-3.0-or-later
// The pipeline of explanations, on two small fits.
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "launcher/explain/attribution_figures.h"
#include "launcher/explain/explanation_figures.h"
#include "launcher/explain/feature_explainer.h"
#include "launcher/run/json_file.h"
#include "models/protocol/trained_model.h"
#include "models/tabular/svr.h"
#include "tests/own_path.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Four tracks in two folds, a segment each, and a linear SVR that was trained for each fold.
class ExplainedRun : public testing::Test {
 protected:
  void SetUp() override {
    table_ = {.tracks = {"a", "b", "c", "d"},
              .labels = {0.1, 0.4, 0.2, 0.9},
              .columns = {"bpm", "loudness"},
              .values = data::Matrix(4, 2),
              .row_track = {0, 1, 2, 3},
              .row_segment = {1, 1, 1, 1},
              .row_semitones = {0, 0, 0, 0}};
    table_.values.values() = {1.0, 2.0, 3.0, -2.0, 5.0, 6.0, -1.0, 8.0};
    for (std::size_t t = 0; t < 4; ++t) {
      plan_.tracks.push_back({table_.tracks[t], table_.labels[t], static_cast<int>(t / 2)});
    }
    for (const int fold : {0, 1}) add_fit(fold);
  }
  void TearDown() override { fs::remove_all(path_); }

  void add_fit(int fold) {
    const std::string name = "svr/vanilla/seed-none/fold-" + std::to_string(fold);
    fits_.push_back({"svr", "svr", "vanilla", "none", fold, name, "h"});
    config::SvrSettings settings;
    settings.kernel = config::SvrKernel::linear;
    models::SvrRegressor svr(settings, {});
    models::TrainingSet train;
    train.x = table_.values;
    train.y = table_.labels;
    svr.fit(train, {}, 1);
    slope_ = svr.linear_slope().value();
    weights::StateFile state;
    svr.save(state);
    const models::FitDescription description{.model_label = "svr",
                                             .fold = fold,
                                             .seed = "none",
                                             .columns = table_.columns,
                                             .normalisation = models::Normalisation{mean_, scale_}};
    description.save(state);
    const std::string bytes = weights::to_bytes(state);
    const fs::path directory = path_ / "folds" / name;
    data::make_directories(directory);
    data::write_file(directory / "weights.h5", bytes);
    write_json(
        directory / "metrics.json",
        {{"hash", "h"}, {"checksums", {{"weights.h5", data::checksum(bytes)}, {"predictions.csv", ""}}}});
  }
  FeatureExplainer explainer(const ExplainSettings& settings = {}) const {
    return {{run_, plan_, {"svr", "vanilla", "svr"}, fits_},
            table_,
            features::single_columns(table_.columns),
            {},
            settings};
  }

  const fs::path path_ = own_path();
  const RunDirectory run_{path_};
  const std::vector<double> mean_ = {1.0, 2.0};
  const std::vector<double> scale_ = {2.0, 4.0};
  data::SegmentTable table_;
  RunPlan plan_;
  std::vector<PlannedFit> fits_;
  std::vector<double> slope_;
};

// Of a linear model the share of a feature is its slope times its distance from the background's mean (Lundberg
// and Lee, 2017, corollary 1).
TEST_F(ExplainedRun, shares_of_a_linear_model_are_slopes_times_distances_from_the_other_folds) {
  const FitWeights weights = read_fit_weights(run_.folds() / fits_[0].directory, "h");

  const ExplainedFit explained =
      explain_fit(weights, fits_[0], plan_, table_, features::single_columns(table_.columns), {});

  EXPECT_THAT(explained.rows, ElementsAre(0, 1));
  // The means of the other fold's tracks: (5 - 1) / 2 = 2 and (6 + 8) / 2 = 7.
  EXPECT_NEAR(explained.values(0, 0), slope_[0] * (1.0 - 2.0) / 2.0, 1e-12);
  EXPECT_NEAR(explained.values(0, 1), slope_[1] * (2.0 - 7.0) / 4.0, 1e-12);
  EXPECT_NEAR(explained.values(1, 0), slope_[0] * (3.0 - 2.0) / 2.0, 1e-12);
  EXPECT_NEAR(explained.values(1, 1), slope_[1] * (-2.0 - 7.0) / 4.0, 1e-12);
  for (const std::size_t row : {0, 1}) {
    EXPECT_NEAR(explained.base + explained.values(row, 0) + explained.values(row, 1),
                explained.predictions[row], 1e-12);
  }
}

TEST_F(ExplainedRun, tasks_that_left_their_file_are_not_left) {
  const FeatureExplainer first = explainer();
  EXPECT_THAT(first.tasks_left(), ElementsAre(0, 1));

  first.compute(0);

  EXPECT_THAT(explainer().tasks_left(), ElementsAre(1));
  EXPECT_THAT(explainer({.centers = 1}).tasks_left(), ElementsAre(0, 1));
}

TEST_F(ExplainedRun, nothing_is_written_before_all_tasks_are_done) {
  const FeatureExplainer features = explainer();
  features.compute(1);

  try {
    features.write();
    FAIL() << "it was written";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("svr/vanilla/seed-none/fold-0"));
  }
  EXPECT_FALSE(fs::exists(path_ / "explain/svr/explanation.json"));
  features.compute(0);
  EXPECT_THAT(features.write().table, HasSubstr("svr vanilla\n"));
  EXPECT_THAT(features.tasks_left(), IsEmpty());
  EXPECT_THAT(data::read_file(path_ / "explain/svr/shap.csv"),
              HasSubstr("track,fold,seed,segment_idx,base,prediction,bpm,loudness\na,0,none,1,"));
  EXPECT_TRUE(fs::exists(path_ / "explain/svr/explanation.json"));
}

TEST_F(ExplainedRun, a_fit_with_damaged_weights_is_not_explained) {
  const FeatureExplainer features = explainer();
  data::write_file(path_ / "folds" / fits_[0].directory / "weights.h5", "other bytes");

  EXPECT_THROW(features.compute(0), Error);
  EXPECT_THAT(features.tasks_left(), ElementsAre(0, 1));
}

TEST(ExplanationFigures, call_what_is_predicted_as_the_study_does) {
  const ExplainedModel of{"svr", "vanilla", "svr", "dprime"};
  ExplainedRows rows{.columns = {"bpm"}, .track = {0, 1}, .shap = data::Matrix(2, 1), .feature_values = {}};
  rows.feature_values = data::Matrix(2, 1);
  std::vector<FeatureEffect> effects(1);
  effects[0].feature = "bpm";
  effects[0].mean_absolute = 0.5;
  ExplainedClip clip;
  clip.track = "a.wav";
  clip.fbank.resize(128);
  clip.attribution.values.resize(128);
  ExplainedClip other = clip;
  other.highest = true;

  std::vector<Figure> figures = explanation_figures(of, rows, effects);
  for (const Figure& figure : attribution_figures(of, {clip, other})) figures.push_back(figure);

  ASSERT_EQ(figures.size(), 6U);
  for (const Figure& figure : figures) {
    for (const Drawing* drawing : {&figure.wide, &figure.narrow}) {
      EXPECT_THAT(drawing->commands, HasSubstr("dprime")) << figure.name;
      EXPECT_THAT(figure.caption + drawing->commands, testing::Not(HasSubstr("score"))) << figure.name;
    }
  }
}

}  // namespace
}  // namespace musicmem::launcher
