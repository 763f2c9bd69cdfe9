// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/fit_files.h"

#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "launcher/run/json_file.h"
#include "tests/own_path.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

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

}  // namespace
}  // namespace musicmem::launcher
