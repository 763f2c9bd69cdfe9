// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/csv.h"
#include "data/files/sealed_file.h"
#include "features/store/feature_store.h"
#include "tests/integration/program.h"
#include "tests/integration/study_fixture.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Studies of the same parameters share a store, and compact what is theirs.
namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class SharedStore : public SmallStudy {
 protected:
  // The study without its first three clips.
  void write_fewer_labels() {
    std::string text = text_of(labels());
    const std::size_t header = text.find('\n') + 1;
    std::size_t cut = header;
    for (int row = 0; row < 3; ++row) cut = text.find('\n', cut) + 1;
    write_text(directory_ / "study/fewer.csv", text.erase(header, cut - header));
  }

  const Words models_ = {"models=[{name: svr, variants: [vanilla, augmented]}]"};
  const Words fewer_ = {models_[0], "data.labels=study/fewer.csv", "name=fewer"};
};

TEST_F(SharedStore, two_studies_at_once_each_train_on_their_own_clips) {
  write_fewer_labels();
  ASSERT_EQ(run_study(models_, 0, "all").exit_code, 0);
  ASSERT_EQ(run_study(fewer_, 0, "some").exit_code, 0);
  const auto all = contents_of(directory_ / "all/folds");
  const auto some = contents_of(directory_ / "some/folds");
  ASSERT_NE(all, some);

  for (const char* round : {"1", "2", "3"}) {
    for (const fs::path& file : features::compacted_files(store())) fs::remove(file);
    const std::string first = std::string("all-") + round;
    const std::string second = std::string("some-") + round;
    BackgroundProgram other(study_command(models_, 2, first), directory_, directory_ / (first + ".log"));
    const ProgramResult mine = run_study(fewer_, 2, second);

    EXPECT_EQ(mine.exit_code, 0) << mine.errors;
    EXPECT_EQ(other.wait(), 0) << text_of(directory_ / (first + ".log"));
    EXPECT_EQ(contents_of(directory_ / first / "folds"), all);
    EXPECT_EQ(contents_of(directory_ / second / "folds"), some);
  }
}

TEST_F(SharedStore, a_compacted_file_is_removed_when_no_live_run_uses_it) {
  write_fewer_labels();
  Words slow = models_;
  slow[0] = "models=[{name: mlp, max_epochs: 100000, patience: 100000}]";
  BackgroundProgram other(study_command(slow, 0, "all"), directory_, directory_ / "all.log");
  ASSERT_TRUE(wait_for([&] { return count_in_logs(directory_ / "all", "begin fit") > 0; }, 60.0))
      << text_of(directory_ / "all.log");

  ASSERT_EQ(run_study(fewer_, 0, "some").exit_code, 0);
  EXPECT_THAT(features::compacted_files(store()), SizeIs(2)) << "the other study is at work";
  other.kill_all();
  ASSERT_EQ(run_study(fewer_, 0, "some").exit_code, 0);

  EXPECT_THAT(features::compacted_files(store()), SizeIs(1));
}

// Earlier versions sealed what a write that failed had left.
TEST_F(SharedStore, a_damaged_file_of_an_earlier_version_is_replaced_in_one_line) {
  const Words originals = {"models=[{name: svr}]"};
  ASSERT_EQ(run_study(originals, 0, "good").exit_code, 0);
  const fs::path predecessor = store() / "features.h5";
  fs::rename(compacted(), predecessor);
  constexpr std::size_t seal_size = 256;
  const std::string bytes = text_of(predecessor);
  const std::size_t work = bytes.rfind("\nwork ") + 6;
  const std::string content = bytes.substr(work, bytes.find('\n', work) - work);
  write_text(predecessor, bytes.substr(0, bytes.size() - seal_size));
  write_text(directory_ / "damage.py", "import h5py, sys\nh5py.File(sys.argv[1], 'r+')['ehc'][3] = 0\n");
  const ProgramResult damage = run({"/usr/bin/python3", "damage.py", predecessor.string()}, directory_);
  ASSERT_EQ(damage.exit_code, 0) << damage.errors;
  data::seal_file(predecessor, "feature table", content);

  const ProgramResult check = run(program({"validate", "study/experiment.yaml", originals[0]}), directory_);
  const ProgramResult healed = run_study(originals, 0, "healed");
  const ProgramResult again = run_study(originals, 0, "again");

  EXPECT_THAT(check.output, AllOf(HasSubstr("features.h5"), HasSubstr("a write to it had failed")));
  EXPECT_EQ(healed.exit_code, 0) << healed.errors;
  EXPECT_THAT(healed.errors, AllOf(HasSubstr("features.h5"), HasSubstr("a write to it had failed")));
  EXPECT_THAT(again.errors, Not(HasSubstr("a write to it had failed")));
  EXPECT_FALSE(fs::exists(predecessor));
  EXPECT_EQ(contents_of(directory_ / "healed/folds"), contents_of(directory_ / "good/folds"));
}

TEST_F(SharedStore, a_folder_called_image_in_the_working_directory_is_no_obstacle) {
  fs::create_directory(directory_ / "image");

  const ProgramResult result = run_study({"models=[{name: mean}]"});

  EXPECT_EQ(result.exit_code, 0) << result.errors;
}

}  // namespace
}  // namespace musicmem::testing_support
