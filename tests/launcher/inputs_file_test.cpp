// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/inputs_file.h"

#include "config/io_error.h"
#include "data/files/durable_file.h"
#include "launcher/study/study.h"
#include "launcher/study/study_inputs.h"
#include "tests/own_path.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using data::KnownFiles;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* some_hash = "0123456789abcdef0123456789abcdef";

class InputsFile : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = own_path();
    fs::create_directories(directory_);
    data::write_file(clip("a"), "a");
    data::write_file(clip("b"), "b");
  }
  void TearDown() override { fs::remove_all(directory_); }

  fs::path clip(const std::string& name) const { return directory_ / (name + ".wav"); }
  fs::path file() const { return inputs_file(directory_); }

  KnownFiles::Entries entry_of(const std::string& name) const {
    return {{clip(name).string(), {{1, -2, 3, 4}, some_hash}}};
  }

  static std::string entry(const std::string& stamp, const std::string& hash) {
    return R"({"/a": {"stamp": {)" + stamp + R"(}, "hash": ")" + hash + "\"}}";
  }

  KnownFiles::Entries read() {
    problem_.clear();
    return read_inputs_file(file(), problem_);
  }

  fs::path directory_;
  std::string problem_;
};

TEST_F(InputsFile, keeps_what_two_starts_have_learnt_of_files_that_are_there) {
  EXPECT_THAT(read(), IsEmpty());
  EXPECT_EQ(problem_, "") << "there is none yet";

  add_to_inputs_file(file(), entry_of("a"));
  add_to_inputs_file(file(), entry_of("b"));
  add_to_inputs_file(file(), entry_of("gone"));

  const KnownFiles::Entries entries = read();
  ASSERT_THAT(entries, SizeIs(2));
  EXPECT_EQ(entries.at(clip("a").string()).stamp, (data::FileStamp{1, -2, 3, 4}));
  EXPECT_EQ(entries.at(clip("a").string()).hash, some_hash);
  EXPECT_EQ(problem_, "");
}

TEST_F(InputsFile, is_not_believed_where_it_is_damaged) {
  for (const std::string& text :
       {std::string(""), std::string("{"), std::string("3"), std::string("[1, 2]"),
        std::string("{\"/a\": 3}"), std::string("\0\xff", 2), std::string(100000, '['),
        entry(R"("size": "1", "written": 2, "changed": 3, "inode": 4)", some_hash),
        entry(R"("size": 1e300, "written": 2, "changed": 3, "inode": 4)", some_hash),
        entry(R"("size": 1, "written": 2, "changed": 3)", some_hash),
        entry(R"("size": 1, "written": 2, "changed": 3, "inode": 4)", "../../x")}) {
    data::write_file(file(), text);

    EXPECT_THAT(read(), IsEmpty()) << text.substr(0, 80);
    EXPECT_THAT(problem_, AllOf(StartsWith(file().string() + " is "), HasSubstr("read again")))
        << text.substr(0, 80);
  }
}

TEST_F(InputsFile, good_entries_beside_a_damaged_one_are_kept) {
  add_to_inputs_file(file(), entry_of("a"));
  std::string text = data::read_file(file());
  text.replace(text.find('{'), 1, R"({"/damaged": {},)");
  data::write_file(file(), text);

  EXPECT_THAT(read(), SizeIs(1));
  EXPECT_THAT(problem_, HasSubstr("1 file without a description"));
}

TEST(InputHashes, are_empty_for_missing_audio_and_fail_where_the_system_does) {
  Study study;
  study.clips = {{"", "a.wav", "a", ""}, {"/nowhere/b.wav", "b.wav", "b", ""}};
  KnownFiles known;
  const InputHasher hasher(study, known);

  EXPECT_EQ(hasher.hash(0).audio, "");
  EXPECT_EQ(hasher.hash(1).audio, "");
  study.clips[1].audio = "/proc/self/mem";  // whose first byte gives EIO
  EXPECT_THROW(hasher.hash(1), IoError);
}

}  // namespace
}  // namespace musicmem::launcher
