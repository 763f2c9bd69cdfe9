// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/stages/fit_files.h"

#include "config/settings/model.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "launcher/run/json_file.h"
#include "tests/own_path.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

class FitWeightsOnDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(directory_);
    data::write_file(directory_ / "predictions.csv", "track,fold,seed,label,prediction\n");
    data::write_file(directory_ / "weights.h5", "weights");
    write_json(directory_ / "metrics.json",
               {{"hash", "mine"},
                {"checksums",
                 {{"predictions.csv", data::checksum("track,fold,seed,label,prediction\n")},
                  {"weights.h5", data::checksum("weights")}}}});
  }
  void TearDown() override { fs::remove_all(directory_); }

  fs::path directory_ = own_path();
};

TEST_F(FitWeightsOnDisk, are_given_as_they_were_checked) {
  const FitWeights weights = read_fit_weights(directory_, "mine");

  EXPECT_EQ(weights.state, FitState::good);
  EXPECT_EQ(weights.file, directory_ / "weights.h5");
  EXPECT_EQ(weights.bytes, "weights");
  EXPECT_EQ(read_fit_record(directory_).weights_checksum, data::checksum("weights"));
}

TEST_F(FitWeightsOnDisk, of_another_fit_or_changed_or_lost_are_not_given) {
  EXPECT_EQ(read_fit_weights(directory_, "another").state, FitState::stale);
  data::write_file(directory_ / "weights.h5", "weightz");
  EXPECT_EQ(read_fit_weights(directory_, "mine").state, FitState::damaged);
  EXPECT_EQ(read_fit_weights(directory_, "mine").bytes, "");
  fs::remove(directory_ / "weights.h5");
  EXPECT_EQ(read_fit_weights(directory_, "mine").state, FitState::damaged);
  fs::remove_all(directory_);
  EXPECT_EQ(read_fit_weights(directory_, "mine").state, FitState::missing);
}

// A fit of two test tracks with one epoch of which the validation is no number.
class PublishedFits : public ::testing::Test {
 protected:
  PublishedFits() {
    task_.hash = "mine";
    model_.name = model_.label = "mlp";
    result_.tracks = {{0, 0.25, 1.0 / 3.0}, {2, 0.5, 0.1}};
    result_.segments = {{0, 1, 0.25, 0.3}, {2, 1, 0.5, 0.1}};
    result_.validation = models::Metrics{std::nullopt, 0.5, 0.01, 0.1, {}, {}};
    result_.curve = {{1, 0.5, std::numeric_limits<double>::quiet_NaN()}};
    result_.weights.texts["model"] = "mlp";
    result_.arithmetic = "fp32";
  }
  void TearDown() override { fs::remove_all(directory_.parent_path()); }

  void publish() const { publish_fit(directory_, task_, model_, {"a,b.wav", "c.wav", "d.wav"}, result_); }
  std::vector<std::string> beside_it() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory_.parent_path()))
      names.push_back(entry.path().filename());
    return names;
  }

  fs::path directory_ = own_path() / "fold-0";
  FitTask task_;
  config::ModelSpec model_;
  models::FoldFitResult result_;
};

TEST_F(PublishedFits, are_read_as_they_were_made) {
  publish();

  const PublishedFit fit = read_published_fit(directory_, "mine");
  ASSERT_EQ(fit.state, FitState::good);
  ASSERT_EQ(fit.rows.size(), 2U);
  EXPECT_EQ(fit.rows[0].track, "a,b.wav");
  EXPECT_EQ(fit.rows[0].prediction, 1.0 / 3.0);
  EXPECT_EQ(fit.rows[1].label, 0.5);
  EXPECT_EQ(fit.record.validation->spearman, std::nullopt);
  EXPECT_EQ(fit.record.validation->pearson, 0.5);
  EXPECT_EQ(fit.record.curve.at(0).train_loss, 0.5);
  EXPECT_TRUE(std::isnan(fit.record.curve.at(0).validation_mse));
  EXPECT_EQ(fit.record.arithmetic, "fp32");
  EXPECT_THAT(beside_it(), ElementsAre("fold-0"));
}

TEST_F(PublishedFits, are_not_made_anew_by_a_second_start) {
  publish();
  const std::string first = data::read_file(directory_ / "predictions.csv");
  result_.tracks[0].prediction = 0.9;

  publish();

  EXPECT_EQ(data::read_file(directory_ / "predictions.csv"), first);
  EXPECT_THAT(beside_it(), ElementsAre("fold-0"));
}

TEST_F(PublishedFits, take_the_place_of_other_and_of_damaged_ones) {
  publish();
  task_.hash = "another";
  publish();
  EXPECT_EQ(check_fit(directory_, "another"), FitState::good);
  EXPECT_EQ(check_fit(directory_, "mine"), FitState::stale);

  data::write_file(directory_ / "segments.csv", "");
  EXPECT_EQ(check_fit(directory_, "another"), FitState::damaged);
  publish();
  EXPECT_EQ(check_fit(directory_, "another"), FitState::good);

  fs::remove(directory_ / "metrics.json");
  EXPECT_EQ(check_fit(directory_, "another"), FitState::damaged);
  publish();
  EXPECT_EQ(check_fit(directory_, "another"), FitState::good);
  EXPECT_THAT(beside_it(), ElementsAre("fold-0"));
}

TEST_F(PublishedFits, whose_record_is_of_another_kind_are_damaged) {
  publish();
  const nlohmann::json good = read_json(directory_ / "metrics.json");
  for (const auto& [key, value] : {std::pair<const char*, nlohmann::json>("checksums", 3),
                                   {"validation", {{"spearman", "high"}}},
                                   {"curve", {{{"epoch", 1}}}},
                                   {"curve", {{{"epoch", "one"}}}}}) {
    nlohmann::json content = good;
    content[key] = value;
    write_json(directory_ / "metrics.json", content);
    EXPECT_EQ(check_fit(directory_, "mine"), FitState::damaged) << key;
    EXPECT_EQ(read_published_fit(directory_, "mine").state, FitState::damaged) << key;
  }
}

}  // namespace
}  // namespace musicmem::launcher
