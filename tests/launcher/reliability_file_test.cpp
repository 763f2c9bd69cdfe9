// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/reliability_file.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "tests/own_path.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::launcher {
namespace {

using ::testing::HasSubstr;

TEST(ReliabilityFile, reads_back_what_is_written) {
  const models::Reliability reliability = models::Reliability::of_halves(0.8211, 0.02, 25);
  const models::Reliability none = models::Reliability::of_halves(-0.2, std::nullopt, 3);

  EXPECT_EQ(parse_reliability(reliability_json(reliability)), reliability);
  EXPECT_EQ(parse_reliability(reliability_json(none)), none);
}

TEST(ReliabilityFile, gives_what_follows_from_the_halves_where_it_is_left_out) {
  const models::Reliability reliability = parse_reliability(R"({"split_half_mean": 0.5})");

  EXPECT_DOUBLE_EQ(*reliability.spearman_brown, 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(*reliability.ceiling * *reliability.ceiling, 2.0 / 3.0);
  EXPECT_EQ(parse_reliability(R"({"split_half_mean": 0.5, "ceiling": 0.9})").ceiling, 0.9);
}

TEST(ReliabilityFile, that_is_another_file_is_refused_by_name) {
  const std::filesystem::path file = own_path().string() + ".json";
  const auto problem = [&](const std::string& text) -> std::string {
    data::write_file(file, text);
    try {
      read_reliability(file);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };

  EXPECT_THAT(problem("track,score\n"), HasSubstr("is no JSON object"));
  EXPECT_THAT(problem("{}"), HasSubstr(file.string() + ": has no split_half_mean"));
  EXPECT_THAT(problem(R"({"split_half_mean": 82})"),
              HasSubstr("split_half_mean is no number from -1.0 to 1.0"));
  EXPECT_THAT(problem(R"({"split_half_mean": 0.8, "ceiling": "high"})"), HasSubstr("ceiling is no number"));
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace musicmem::launcher
