// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "config/fit_settings.h"
#include "config/settings_reference.h"
#include "tests/change_setting.h"
#include "tests/own_path.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::config {
namespace {

namespace fs = std::filesystem;
using testing::ChangedSetting;
using ::testing::ElementsAre;
using testing::for_each_change;
using ::testing::HasSubstr;
using testing::makes_other_fits;
using ::testing::Not;
using testing::studies_with_every_setting;

std::vector<std::string> paths_of(const std::string& key) {
  std::vector<std::string> paths;
  for (const SettingEntry& entry : find_settings(key)) paths.push_back(entry.path);
  return paths;
}

std::string text_of_file(const fs::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(Settings, are_found_by_path_by_section_and_by_their_last_parts) {
  EXPECT_THAT(paths_of("cross_validation.folds"), ElementsAre("cross_validation.folds"));
  EXPECT_THAT(paths_of("folds"), ElementsAre("cross_validation.folds"));
  EXPECT_THAT(paths_of("features.fbank"),
              ElementsAre("features.fbank.mel_bins", "features.fbank.target_length"));
  EXPECT_THAT(paths_of("learning_rate"),
              ElementsAre("models.mlp.learning_rate", "models.ssast.learning_rate"));
  EXPECT_THAT(paths_of("models.svr.variants"), ElementsAre("models.LABEL.variants"));
  EXPECT_THAT(paths_of("models.my_net.C"), ElementsAre("models.svr.C"));
}

TEST(Settings, that_are_unknown_name_the_nearest) {
  const auto problem = [](const std::string& key) -> std::string {
    try {
      find_settings(key);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      return error.what();
    }
    return "";
  };

  EXPECT_THAT(problem("cross_validation.fold"), HasSubstr("did you mean 'cross_validation.folds'?"));
  EXPECT_THAT(problem("drpout"), HasSubstr("did you mean 'dropout'?"));
  EXPECT_THAT(problem("augmentation"), HasSubstr("augment"));
  EXPECT_THAT(problem("xyzxyzxyzxyz"), HasSubstr("`musicmem settings` lists them all"));
}

TEST(Settings, have_a_meaning_a_range_and_a_path_of_their_own) {
  std::set<std::string> paths;
  for (const SettingEntry& entry : all_settings()) {
    EXPECT_TRUE(paths.insert(entry.path).second) << entry.path;
    EXPECT_NE(entry.meaning, "") << entry.path;
    EXPECT_NE(entry.range, "") << entry.path;
  }
  const SettingEntry c = find_settings("models.svr.C").front();
  EXPECT_EQ(c.range, "a number from 1e-12 to 1e+12");
  EXPECT_EQ(c.initial, "1");
  EXPECT_EQ(find_settings("shuffle").front().range, "a whole number or none");
  EXPECT_EQ(find_settings("models.ssast.step_from").front().condition, "schedule: step");
}

TEST(Settings, are_described_in_docs_as_they_are) {
  const fs::path file = fs::path(MUSICMEM_TEST_DATA) / "../../../docs/settings.md";

  EXPECT_EQ(text_of_file(file.lexically_normal()), settings_markdown())
      << "write it anew: musicmem settings --markdown > docs/settings.md";
}

// Changed settings that do not go with the others: reading them back must fail.
bool contradicts(const ChangedSetting& changed) {
  const std::set<std::string> keys = {"protocol", "name",   "features", "source",   "freeze_backbone",
                                      "table",    "labels", "audio",    "variants", "mel_bins",
                                      "pca",      "ablate", "encoder",  "search"};
  return keys.contains(changed.path.substr(changed.path.rfind('.') + 1)) || changed.path == "name";
}

TEST(Settings, are_all_written_and_read_back) {
  const fs::path directory = own_path();
  fs::create_directories(directory);
  const fs::path file = directory / "study.yaml";
  std::set<std::string> read_back;
  std::set<std::string> known;
  for (const Experiment& study : studies_with_every_setting(directory / "a")) {
    const std::string before = to_yaml(study, directory);
    for_each_change(study, directory / "b", [&](const Experiment& other, const ChangedSetting& changed) {
      known.insert(changed.path);
      const std::string text = to_yaml(other, directory);
      EXPECT_NE(text, before) << changed.path << " is not written";
      std::ofstream(file) << text;
      try {
        EXPECT_EQ(to_yaml(load_experiment(file), directory), text) << changed.path;
        read_back.insert(changed.path);
      } catch (const Error& error) {
        EXPECT_TRUE(contradicts(changed)) << changed.path << ": " << error.what();
      }
    });
  }
  fs::remove_all(directory);

  for (const SettingEntry& entry : all_settings()) {
    EXPECT_TRUE(known.contains(entry.path)) << entry.path << " was never changed";
  }
  EXPECT_GE(read_back.size() + 6, known.size()) << "too few are read back for this test to show much";
}

TEST(FitSettings, change_with_a_setting_exactly_where_its_declaration_says_so) {
  const auto content = [](const fs::path& file) { return "content of " + file.string(); };
  std::set<std::string> seen;
  for (const Experiment& study : studies_with_every_setting("a")) {
    for_each_change(study, "b", [&](const Experiment& other, const ChangedSetting& changed) {
      seen.insert(changed.path);
      for (std::size_t m = 0; m < study.models.size(); ++m) {
        EXPECT_EQ(fit_settings(study, m, content) != fit_settings(other, m, content),
                  makes_other_fits(changed, study, m))
            << changed.path << ", fits of " << study.models[m].label;
      }
    });
  }

  EXPECT_EQ(seen.size(), all_settings().size());
}

TEST(FitSettings, take_files_by_their_content) {
  Experiment study = studies_with_every_setting("a").at(1);
  Experiment moved = study;
  moved.models[3].ssast.pretrained = "elsewhere/a";
  const auto same = [](const fs::path&) { return "the same bytes"; };

  EXPECT_EQ(fit_settings(study, 3, same), fit_settings(moved, 3, same));
  EXPECT_EQ(fit_settings(study, 3, same).at("model.pretrained"), "the same bytes");
}

TEST(ResultsYaml, has_what_results_follow_from_and_nothing_else) {
  const std::vector<Experiment> studies = studies_with_every_setting("/somewhere/a");
  const std::string plain = results_yaml(studies[0]);
  const std::string fp32 = results_yaml(studies[1]);
  Experiment without_spectrograms = studies[0];
  without_spectrograms.models.pop_back();

  EXPECT_THAT(plain, HasSubstr("precision: bf16"));
  EXPECT_THAT(plain, Not(HasSubstr("tf32"))) << "no product is left that it would round";
  EXPECT_THAT(fp32, HasSubstr("runtime:\n  precision: fp32\n  tf32: true\n"));
  EXPECT_THAT(results_yaml(without_spectrograms), Not(HasSubstr("runtime")));
  EXPECT_THAT(plain, HasSubstr("labels: a\n")) << "files are named without their folders";
  for (const char* key : {"store", "keep_audio", "bucket_mib", "keep_going", "trace", "plateau_patience"})
    EXPECT_THAT(plain, Not(HasSubstr(key)));
}

TEST(ListedYaml, leaves_out_what_is_off_where_it_is_off_by_default) {
  ModelSpec plain;
  plain.name = plain.label = "ridge";
  ModelSpec parts = plain;
  parts.label = "parts";
  parts.ablate = {"without"};
  parts.pca = ComponentChoice::parse("4");
  Experiment study;
  study.models = {plain, parts};
  study.augment.pitch_semitones.clear();
  study.cross_validation.shuffle.reset();

  const std::string listed = listed_yaml(study);

  for (const char* off : {"pca: none", "ablate: []", "controls: []", "stratify: false"}) {
    EXPECT_THAT(results_yaml(study), HasSubstr(off));
    EXPECT_THAT(listed, Not(HasSubstr(off)));
  }
  for (const char* on : {"pca: 4", "ablate: [without]", "pitch_semitones: []", "shuffle: none", "folds: 10"})
    EXPECT_THAT(listed, HasSubstr(on));
}

}  // namespace
}  // namespace musicmem::config
