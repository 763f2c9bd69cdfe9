// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/known_files.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "tests/own_path.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// Longer than a step of the kernel's clock for files, which is 10 ms at most.
constexpr auto clock_step = 50ms;

class Known : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = own_path();
    fs::create_directories(directory_);
    file_ = directory_ / "clip.wav";
    write_file(file_, "the first bytes");
  }
  void TearDown() override { fs::remove_all(directory_); }

  // A hash that no reading gives tells what was not read.
  KnownFiles known_as(const std::string& hash) const {
    return KnownFiles({{file_.string(), {stamp_of(file_).value(), hash}}});
  }

  fs::path directory_;
  fs::path file_;
};

TEST_F(Known, a_file_that_looks_the_same_is_not_read) {
  KnownFiles known = known_as("noted");

  EXPECT_EQ(known.checksum(file_), "noted");
  EXPECT_EQ(known.checksum(directory_ / "." / "clip.wav"), "noted");
  EXPECT_THAT(known.take_news(), IsEmpty());
}

TEST_F(Known, other_bytes_of_the_same_size_and_time_are_read) {
  KnownFiles known = known_as("noted");
  const fs::file_time_type time = fs::last_write_time(file_);
  std::this_thread::sleep_for(clock_step);

  write_file(file_, "the other bytes");
  fs::last_write_time(file_, time);

  EXPECT_EQ(fs::last_write_time(file_), time);
  EXPECT_EQ(known.checksum(file_), checksum("the other bytes"));
}

TEST_F(Known, another_file_of_the_same_name_is_read) {
  KnownFiles known = known_as("noted");

  write_file(directory_ / "other.wav", "the other bytes");
  fs::last_write_time(directory_ / "other.wav", fs::last_write_time(file_));
  fs::rename(directory_ / "other.wav", file_);

  EXPECT_EQ(known.checksum(file_), checksum("the other bytes"));
}

TEST_F(Known, a_file_is_kept_once_its_times_lie_back) {
  const fs::path later = directory_ / "later.wav";
  write_file(later, "of a clock that is ahead");
  fs::last_write_time(later, fs::file_time_type::clock::now() + 1h);
  KnownFiles known;

  EXPECT_EQ(known.checksum(file_), checksum("the first bytes"));
  EXPECT_THAT(known.take_news(), IsEmpty()) << "a write in this very moment would not be noticed";
  std::this_thread::sleep_for(2100ms);
  known.checksum(file_);
  known.checksum(later);

  const KnownFiles::Entries news = known.take_news();
  ASSERT_THAT(news, testing::SizeIs(1));
  EXPECT_EQ(news.at(file_.string()).hash, checksum("the first bytes"));
  EXPECT_EQ(news.at(file_.string()).stamp, stamp_of(file_));
}

TEST_F(Known, a_file_that_cannot_be_read_is_told_as_ever) {
  KnownFiles known;

  EXPECT_THROW(known.checksum(directory_ / "missing.wav"), Error);
  EXPECT_THROW(known.checksum(directory_), Error);
  EXPECT_THAT(known.take_news(), IsEmpty());
}

TEST_F(Known, a_good_seal_is_looked_at_once) {
  std::string image = "the image of an HDF5 file";
  seal_image(image, "test", "work-1");
  write_file(file_, image);
  KnownFiles known;

  EXPECT_EQ(known.seal_state(file_, "test", "work-1"), SealState::good);
  const KnownFiles::Entries news = known.take_news();
  EXPECT_EQ(news.at(file_.string()).hash, "work-1");
  EXPECT_EQ(known.seal_state(file_, "test", "work-2"), SealState::stale);

  std::this_thread::sleep_for(clock_step);
  image[4] = 'X';
  write_file(file_, image);
  EXPECT_EQ(known.seal_state(file_, "test", "work-1"), SealState::damaged);
  EXPECT_EQ(known_as("work-1").seal_state(file_, "test", "work-1"), SealState::good) << "it was not read";
}

TEST_F(Known, what_others_have_learnt_is_no_news) {
  KnownFiles known;

  known.add({{file_.string(), {stamp_of(file_).value(), "noted"}}});

  EXPECT_EQ(known.checksum(file_), "noted");
  EXPECT_THAT(known.take_news(), IsEmpty());
}

}  // namespace
}  // namespace musicmem::data
