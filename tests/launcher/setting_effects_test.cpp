// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/store/store_key.h"
#include "launcher/stages/publish.h"
#include "launcher/study/plan.h"
#include "launcher/study/study.h"
#include "tests/change_setting.h"
#include "tests/own_path.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using config::testing::ChangedSetting;
using config::testing::for_each_change;
using ::testing::Contains;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

class SettingEffects : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(directory_);
    std::ofstream(a_) << "one";
    std::ofstream(b_) << "another";
  }
  void TearDown() override { fs::remove_all(directory_); }

  fs::path directory_ = own_path();
  fs::path a_ = directory_ / "a";
  fs::path b_ = directory_ / "b";
};

// The recipe of the first fit of each model, by its place in the study.
std::map<std::size_t, std::string> recipes(const config::Experiment& study) {
  std::vector<FitTask> fits = list_fits(study, 20, study.cross_validation.folds.number);
  add_recipes(fits, study, {});
  std::map<std::size_t, std::string> first;
  for (const FitTask& fit : fits) first.emplace(fit.model, fit.recipe);
  return first;
}

std::set<std::string> store_keys(const config::Experiment& study) {
  std::set<std::string> keys;
  for (const auto& set : words(config::FeatureSet{})) keys.insert(features::store_key(set.value, study).hash);
  for (const auto& [name, set] : study.features.sets) {
    if (set.is_encoder()) keys.insert(features::store_key(config::AudioSet(name), study).hash);
  }
  return keys;
}

TEST_F(SettingEffects, fits_are_others_exactly_where_a_settings_declaration_says_so) {
  for (const config::Experiment& study : config::testing::studies_with_every_setting(a_)) {
    const std::map<std::size_t, std::string> before = recipes(study);
    for_each_change(study, b_, [&](const config::Experiment& other, const ChangedSetting& changed) {
      const std::map<std::size_t, std::string> now = recipes(other);
      for (std::size_t m = 0; m < study.models.size(); ++m) {
        EXPECT_EQ(now.at(m) != before.at(m), config::testing::makes_other_fits(changed, study, m))
            << changed.path << ", fits of " << study.models[m].label;
      }
    });
  }
}

TEST_F(SettingEffects, features_are_others_only_for_settings_that_fits_read_through_them) {
  for (const config::Experiment& study : config::testing::studies_with_every_setting(a_)) {
    const std::set<std::string> before = store_keys(study);
    for_each_change(study, b_, [&](const config::Experiment& other, const ChangedSetting& changed) {
      const bool is_input = changed.effect == config::Effect::input;
      // What a file holds for a clip is part of that clip's work, what labels say of tracks of the table.
      const bool is_file = changed.path.starts_with("data.") || changed.path.ends_with("path") ||
                           changed.path.starts_with("features.sets.") ||  // of sets that are read, not made
                           changed.path.ends_with("tempo") || changed.path.ends_with("groups");
      const bool is_other = store_keys(other) != before;
      EXPECT_TRUE(!is_other || is_input) << changed.path;
      EXPECT_TRUE(is_other || is_file || !is_input) << changed.path;
    });
  }
}

TEST(HyperParameters, are_what_the_fits_of_a_model_follow_from) {
  config::ModelSpec ssast;
  ssast.name = "ssast";
  ssast.ssast.target_length = 500;
  config::ModelSpec mlp;
  mlp.name = "mlp";

  const data::HyperParameters of_ssast = hyper_parameters(ssast, config::Variant::vanilla);
  const data::HyperParameters of_mlp = hyper_parameters(mlp, config::Variant::augmented);

  for (const char* key : {"accumulate", "target_length", "max_bad_steps", "mask_bins", "step_from"})
    EXPECT_THAT(of_ssast, Contains(Key(key)));
  EXPECT_THAT(of_ssast, Not(Contains(Key("plateau_patience")))) << "the schedule is another";
  EXPECT_THAT(of_ssast, Not(Contains(Key("bucket_mib")))) << "no result follows from it";
  EXPECT_THAT(of_mlp, Contains(Pair("batch", std::variant<double, std::string>(64.0))));
  EXPECT_THAT(of_mlp, Contains(Pair("hidden", std::variant<double, std::string>("100, 32"))));
  EXPECT_THAT(of_mlp, Contains(Pair("center_labels", std::variant<double, std::string>("no"))));
}

}  // namespace
}  // namespace musicmem::launcher
