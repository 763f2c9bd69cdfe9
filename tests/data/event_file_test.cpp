// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/event_file.h"

#include "data/files/durable_file.h"
#include "tests/own_path.h"

#include <bit>
#include <cstring>

#include <gtest/gtest.h>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;

class Events : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(directory_); }

  std::vector<fs::path> files() const {
    return {fs::directory_iterator(directory_), fs::directory_iterator()};
  }

  fs::path directory_ = own_path();
};

template <class T>
T take(std::string_view& bytes) {
  static_assert(std::endian::native == std::endian::little);
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return value;
}

// The payloads of a file; every length and checksum is held against its bytes.
std::vector<std::string> payloads(const fs::path& path) {
  const std::string text = read_file(path);
  std::string_view bytes = text;
  std::vector<std::string> result;
  while (!bytes.empty()) {
    const std::string_view length_bytes = bytes.substr(0, sizeof(std::uint64_t));
    const auto length = take<std::uint64_t>(bytes);
    EXPECT_EQ(take<std::uint32_t>(bytes), masked_crc32c(length_bytes));
    result.emplace_back(bytes.substr(0, length));
    bytes.remove_prefix(length);
    EXPECT_EQ(take<std::uint32_t>(bytes), masked_crc32c(result.back()));
  }
  return result;
}

// RFC 3720, appendix B.4.
TEST(Crc32c, agrees_with_the_vectors_of_rfc_3720) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
}

TEST_F(Events, records_are_whole_after_every_call) {
  EventFile events(directory_, {{"learning_rate", 1e-4}, {"variant", "lds"}});
  events.add(1, {{"loss/train", 0.5}});

  const std::vector<std::string> records = payloads(files().at(0));

  ASSERT_EQ(records.size(), 3);
  EXPECT_NE(records[0].find("brain.Event:2"), std::string::npos);
  EXPECT_NE(records[1].find("hparams"), std::string::npos);
  EXPECT_NE(records[2].find("loss/train"), std::string::npos);
}

TEST_F(Events, a_fit_that_begins_anew_removes_what_earlier_attempts_told) {
  make_directories(directory_);
  write_file(directory_ / "events.out.tfevents.1.1", "old");

  const EventFile events(directory_, {});

  ASSERT_EQ(files().size(), 1);
  EXPECT_NE(files()[0].filename(), "events.out.tfevents.1.1");
}

TEST_F(Events, a_resumed_fit_keeps_them_and_marks_where_it_goes_on) {
  make_directories(directory_);
  write_file(directory_ / "events.out.tfevents.1.1", "old");

  const EventFile events(directory_, {}, 7);

  EXPECT_EQ(files().size(), 2);
}

TEST_F(Events, that_cannot_be_written_are_told_of_once_and_hold_nothing_up) {
  write_file(directory_, "a file where the directory should be");
  std::vector<std::string> told;
  {
    EventFile events(directory_ / "svr", {}, 0, [&](const Error& error) { told.emplace_back(error.what()); });
    events.add(1, {{"loss/train", 0.5}});
    events.add(2, {{"loss/train", 0.4}});
  }

  ASSERT_EQ(told.size(), 1);
  EXPECT_NE(told[0].find(directory_.string()), std::string::npos) << told[0];
}

}  // namespace
}  // namespace musicmem::data
