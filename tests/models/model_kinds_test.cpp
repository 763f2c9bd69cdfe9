// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/kinds/model_kinds.h"

#include "config/error.h"
#include "config/settings/model.h"
#include "data/files/durable_file.h"
#include "distributed/local_communicator.h"
#include "models/ssast/spectrogram_source.h"
#include "tests/models/example_table.h"
#include "tests/models/spectrogram_example.h"
#include "tests/own_path.h"

#include <array>
#include <cmath>
#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

// A small study for models of either sort, whose settings keep every fit short.
struct SmallStudy {
  data::SegmentTable table = testing::example_table(23);
  SpectrogramTable spectrograms = testing::spectrograms(18);
  SpectrogramSource source{spectrograms, 1 << 20};
  config::CrossValidation folds = testing::cross_validation(4);
  distributed::LocalCommunicator alone;
  config::ModelSpec model;

  explicit SmallStudy(const ModelKind& kind) {
    model.name = model.label = kind.name;
    model.mlp.max_epochs = 5;
    model.ssast.size = config::SsastSize::nano;
    model.ssast.training.epochs = 1;
    model.ssast.training.batch = 4;
    if (kind.traits().takes_spectrograms) model.features = {{"fbank"}};
  }

  FoldFitResult fit(const ModelKind& kind) {
    const bool of_sound = kind.traits().takes_spectrograms;
    return kind.fit({.table = of_sound ? spectrograms.rows : table,
                     .model = model,
                     .cross_validation = folds,
                     .study_seed = 1111,
                     .fold = 1},
                    {.group = alone,
                     .spectrograms = of_sound ? &source : nullptr,
                     .features = testing::features_of_a_second()});
  }

  // What the model takes of one track.
  ClipFeatures clip(const ModelKind& kind, int track) {
    if (kind.traits().takes_spectrograms) {
      std::vector<float> values(spectrograms.frames * spectrogram_bins);
      source.read(static_cast<std::size_t>(track), values.data());
      return {{"fbank", "", "", {}, {spectrograms.frames, spectrogram_bins}, values}};
    }
    std::vector<double> values;
    for (std::size_t row = 0; row < table.row_track.size(); ++row) {
      if (table.row_track[row] != track) continue;
      values.insert(values.end(), table.values.row(row).begin(), table.values.row(row).end());
    }
    return {{"ehc", "", "", table.columns, {3, table.columns.size()}, values}};
  }
};

// The weights as a fit's file of either form, read back.
std::unique_ptr<Predictor> read_back(const FoldFitResult& result) {
  if (!result.checkpoint) return load_predictor(weights::to_bytes(result.weights), "weights.h5");
  const std::filesystem::path file = own_path();
  weights::write_pth(file, result.checkpoint->tensors, result.checkpoint->remarks,
                     result.checkpoint->settings);
  const std::string bytes = data::read_file(file);
  std::filesystem::remove(file);
  return load_predictor(bytes, "weights.pth");
}

TEST(ModelKinds, are_those_that_an_experiment_may_name) {
  std::vector<std::string> names;
  for (const ModelKind& kind : model_kinds()) names.emplace_back(kind.name);

  EXPECT_THAT(names, ElementsAreArray(config::model_names()));
  EXPECT_THROW(kind_of("forest"), Error);
}

TEST(ModelKinds, every_one_fits_and_its_file_predicts_what_the_fit_predicted) {
  for (const ModelKind& kind : model_kinds()) {
    SCOPED_TRACE(kind.name);
    SmallStudy study(kind);

    const FoldFitResult result = study.fit(kind);
    const std::unique_ptr<Predictor> predictor = read_back(result);

    EXPECT_EQ(predictor->kind(), kind.name);
    EXPECT_THAT(predictor->feature_sets(), ElementsAreArray(study.model.features.sets));
    EXPECT_EQ(result.checkpoint.has_value(), kind.load_checkpoint != nullptr);
    EXPECT_EQ(result.validation.has_value(), kind.traits().stops_early);
    ASSERT_GT(result.tracks.size(), 3U);
    for (const TrackPrediction& track : result.tracks) {
      const double score = predictor->predict(study.clip(kind, track.track));
      // A model without features that draws its scores draws anew for each clip.
      if (!kind.traits().uses_features && kind.traits().uses_randomness) {
        EXPECT_NEAR(score, 0.5, 0.1);
      } else {
        EXPECT_NEAR(score, track.prediction, kind.traits().takes_spectrograms ? 1e-5 : 1e-15);
      }
    }
  }
}

TEST(ModelKinds, only_those_that_look_at_named_features_give_contributions_that_sum_to_the_score) {
  for (const ModelKind& kind : model_kinds()) {
    SCOPED_TRACE(kind.name);
    SmallStudy study(kind);
    const std::unique_ptr<Predictor> predictor = read_back(study.fit(kind));
    const auto sum_of = [&](int track) {
      const auto found = predictor->contributions(study.clip(kind, track));
      double sum = 0.0;
      for (const double value : found->values.values())
        sum += value / static_cast<double>(found->values.rows());
      return sum;
    };

    const bool names_features = kind.traits().uses_features && !kind.traits().takes_spectrograms;
    ASSERT_EQ(predictor->contributions(study.clip(kind, 0)).has_value(), names_features);
    if (!names_features) continue;

    const double difference =
        predictor->predict(study.clip(kind, 0)) - predictor->predict(study.clip(kind, 1));
    EXPECT_NEAR(sum_of(0) - sum_of(1), difference, 1e-6);
  }
}

TEST(ModelKinds, cost_more_the_more_rows_there_are) {
  for (const ModelKind& kind : model_kinds()) {
    SCOPED_TRACE(kind.name);
    const SmallStudy study(kind);

    const FitCosts few = kind.costs(study.model, 100, 35);
    const FitCosts many = kind.costs(study.model, 1000000, 35);

    EXPECT_GT(few.weight_bytes, 0U);
    EXPECT_GT(many.memory_bytes, few.memory_bytes);
    EXPECT_EQ(many.seconds > few.seconds, kind.traits().uses_features);
  }
}

}  // namespace
}  // namespace musicmem::models
