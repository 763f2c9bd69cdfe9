// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/game/game_log.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "data/game/published_game.h"
#include "tests/own_path.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class GameLogs : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(directory_); }
  void TearDown() override { fs::remove_all(directory_); }

  fs::path write(const std::string& text) const {
    write_file(directory_ / "log.csv", text);
    return directory_ / "log.csv";
  }
  GameLog read_long(const std::string& text, const ColumnNames& names = {}) const {
    return read_game_log(write(text), LogLayout::long_rows, names);
  }
  GameLog read_audmem(const std::string& text) const { return read_game_log(write(text), LogLayout::audmem); }

  // What is said of a log that cannot be read; nobody's address is in it.
  std::string problem(const std::string& text, LogLayout layout = LogLayout::long_rows,
                      const ColumnNames& names = {}) const {
    try {
      read_game_log(write(text), layout, names);
    } catch (const Error& error) {
      EXPECT_FALSE(holds_address(error.what())) << error.what();
      EXPECT_THAT(std::string(error.what()), Not(HasSubstr("\n")));
      return error.what();
    }
    return "";
  }

  fs::path directory_ = own_path();
};

const std::string header = "participant,clip,position,response,is_repeat\n";

TEST_F(GameLogs, of_long_rows_are_read_with_lags_and_first_answers) {
  const GameLog log = read_long(header +
                                "a@b.org,x.wav,1,1,0\n"
                                "c@d.org,\"y, \"\"live\"\".wav\",5,0,0\n"
                                "a@b.org,z.wav,2,n/a,0\n"
                                "a@b.org,x.wav,5,1,1\n"
                                "c@d.org,\"y, \"\"live\"\".wav\",9,0,1\n");

  EXPECT_THAT(log.clips, ElementsAre("x.wav", "y, \"live\".wav", "z.wav"));
  EXPECT_EQ(log.participants, 2U);
  ASSERT_EQ(log.games.size(), 2U);
  const Presentation& repeat = log.games[0].presentations.at(2);
  EXPECT_TRUE(repeat.is_repeat);
  EXPECT_EQ(repeat.lag, 4U);
  EXPECT_EQ(repeat.first_answer, Answer::heard);
  EXPECT_EQ(log.games[0].presentations.at(1).answer, Answer::none);
  EXPECT_EQ(log.games[1].presentations.at(1).lag, 4U);
  EXPECT_EQ(log.games[1].presentations.at(1).first_answer, Answer::fresh);
}

TEST_F(GameLogs, with_tabs_other_names_and_line_ends_of_windows_are_read) {
  const GameLog log = read_long(
      "\xEF\xBB\xBFsubject\tstimulus\tPosition\tresponse\tis_repeat\r\n"
      "1\tx.wav\t1\t0.0\tFalse\r\n"
      "1\tx.wav\t2\t1.0\tTrue\r\n",
      {{"participant", "subject"}, {"clip", "stimulus"}});

  EXPECT_THAT(log.clips, ElementsAre("x.wav"));
  EXPECT_EQ(log.games.at(0).presentations.at(1).answer, Answer::heard);
}

TEST_F(GameLogs, positions_that_begin_again_are_the_next_game) {
  const GameLog log = read_long(header +
                                "1,x,1,0,0\n1,x,2,1,1\n"
                                "1,x,1,0,0\n1,x,2,1,1\n");

  ASSERT_EQ(log.games.size(), 2U);
  EXPECT_EQ(log.participants, 1U);
}

TEST_F(GameLogs, shorter_games_than_most_are_unfinished) {
  std::string text = header;
  for (const char* who : {"a", "b", "c"})
    text += std::string(who) + ",x,1,0,0\n" + who + ",x,2,1,1\n" + who + ",y,3,0,0\n";
  const GameLog log = read_long(text + "d,x,1,0,0\nd,x,2,1,1\n");

  EXPECT_TRUE(log.games.at(0).is_finished);
  EXPECT_FALSE(log.games.at(3).is_finished);
  EXPECT_THAT(log.notes, ElementsAre(HasSubstr("3 presentations")));
}

TEST_F(GameLogs, that_say_which_games_are_finished_are_believed) {
  const GameLog log = read_long(
      "participant,clip,position,response,is_repeat,finished\n"
      "a,x,1,0,0,1\na,x,2,1,1,1\nb,x,1,0,0,0\nb,x,2,1,1,0\n");

  EXPECT_TRUE(log.games.at(0).is_finished);
  EXPECT_FALSE(log.games.at(1).is_finished);
}

TEST_F(GameLogs, missing_columns_are_refused_with_the_nearest_name) {
  EXPECT_THAT(problem("participant,clips,position,response,is_repeat\n1,x,1,0,0\n"),
              AllOf(HasSubstr("no column 'clip'"), HasSubstr("did you mean 'clips'"),
                    HasSubstr("--columns clip=clips")));
  EXPECT_THAT(problem("participant,wav,position,response,is_repeat\n1,x,1,0,0\n"),
              AllOf(HasSubstr("no column 'clip'"), HasSubstr("--columns clip=NAME")));
  EXPECT_THAT(problem(header + "1,x,1,0,0\n", LogLayout::long_rows, {{"clip", "stimulus"}}),
              HasSubstr("no column 'stimulus'"));
  EXPECT_THAT(problem(header + "1,x,1,0,0\n", LogLayout::long_rows, {{"clps", "clip"}}),
              HasSubstr("did you mean 'clip'"));
  EXPECT_THAT(problem("participant,clip,position,response,is_repeat,Clip\n1,x,1,0,0,y\n"),
              HasSubstr("two columns 'clip'"));
  EXPECT_THAT(problem("someone@example.org,x,1,0,0\nsomeone@example.org,x,2,1,1\n"),
              HasSubstr("has no header"));
}

TEST_F(GameLogs, answers_that_are_neither_0_nor_1_are_refused_with_their_line) {
  EXPECT_THAT(problem(header + "1,x,1,0,0\n1,x,2,2,1\n"),
              AllOf(HasSubstr("log.csv:3"), HasSubstr("response is neither 0 nor 1")));
  EXPECT_THAT(problem(header + "1,x,1,me@example.org,0\n"), HasSubstr("response is neither 0 nor 1"));
  EXPECT_THAT(problem(header + "1,x,1,0,maybe\n"), HasSubstr("is_repeat is neither 0 nor 1"));
}

TEST_F(GameLogs, positions_and_times_that_go_back_are_refused) {
  EXPECT_THAT(problem(header + "1,x,1,0,0\n1,y,3,0,0\n1,x,2,1,1\n"),
              AllOf(HasSubstr("log.csv:4"), HasSubstr("position 2 comes after position 3")));
  EXPECT_THAT(problem(header + "1,x,-1,0,0\n"), HasSubstr("position is no whole number"));
  EXPECT_THAT(problem("participant,clip,position,response,is_repeat,time\n1,x,1,0,0,9.5\n1,x,2,1,1,9.25\n"),
              HasSubstr("time goes back, or two games of a participant overlap"));
}

TEST_F(GameLogs, participants_in_two_games_at_once_are_refused) {
  const std::string games = "participant,game,clip,position,response,is_repeat\n";
  EXPECT_THAT(problem(games + "1,1,x,1,0,0\n1,1,x,2,1,1\n1,1,x,1,0,0\n"),
              HasSubstr("plays the same game twice"));
  EXPECT_THAT(problem(games + "1,1,x,1,0,0\n1,2,x,1,0,0\n1,1,x,2,1,1\n"), HasSubstr("games overlap"));
  EXPECT_EQ(problem(games + "1,1,x,1,0,0\n1,1,x,2,1,1\n1,2,x,1,0,0\n1,2,x,2,1,1\n"), "");
}

TEST_F(GameLogs, without_repeats_or_with_repeats_of_nothing_are_refused) {
  EXPECT_THAT(problem(header + "1,x,1,0,0\n1,y,2,0,0\n"), HasSubstr("has no repeats"));
  EXPECT_THAT(problem(header + "1,x,1,0,1\n"),
              AllOf(HasSubstr("log.csv:2"), HasSubstr("has not heard the clip before")));
  EXPECT_THAT(problem(header + "1,x,1,0,0\n1,x,2,1,0\n"), HasSubstr("has heard the clip before"));
  EXPECT_THAT(problem(header), HasSubstr("holds no rows"));
  EXPECT_THAT(problem(""), HasSubstr("is empty"));
}

TEST_F(GameLogs, addresses_that_name_clips_are_refused_unseen) {
  EXPECT_THAT(problem(header + "1,me@example.org,1,0,0\n"),
              AllOf(HasSubstr("log.csv:2"), HasSubstr("e-mail address")));
}

TEST_F(GameLogs, that_are_cut_off_or_of_another_kind_are_refused) {
  EXPECT_THAT(problem(header + "1,x,1,0\n"), HasSubstr("4 fields, and the header 5"));
  EXPECT_THAT(problem(header + "1,\"x,1,0,0\n"), HasSubstr("never closed"));
  EXPECT_THAT(problem(std::string("\xFF\xFE"
                                  "a\0",
                                  4)),
              HasSubstr("UTF-16"));
}

TEST_F(GameLogs, of_the_published_game_follow_its_slots) {
  const GameDesign& game = published_game();
  std::string order;
  std::string answers;
  for (int clip = 234; clip >= 0; --clip) order += (order.empty() ? "" : ",") + std::to_string(clip);
  for (std::size_t slot = 0; slot < game.slots.size(); ++slot)
    answers += slot == 0 ? "0" : slot == 5 ? ",1" : ",-1";
  const GameLog log = read_audmem("userEmail,audioOrder,userResponse,experimentFinished\nme@example.org,\"" +
                                  order + "\",\"" + answers + "\",1\n");

  EXPECT_TRUE(log.is_as_published);
  EXPECT_EQ(log.clips, published_tracks());
  const std::vector<Presentation>& heard = log.games.at(0).presentations;
  ASSERT_EQ(heard.size(), 405U);
  EXPECT_EQ(heard[5].clip, 234U);  // the first place again
  EXPECT_TRUE(heard[5].is_repeat && heard[5].is_vigilance);
  EXPECT_EQ(heard[5].lag, 5U);
  EXPECT_EQ(heard[5].answer, Answer::heard);
  EXPECT_EQ(heard[1].answer, Answer::none);
}

// The published table of hit rates by interval has these intervals, of 149 clips of which each game repeats.
TEST(PublishedGame, repeats_at_the_published_intervals) {
  const GameDesign& game = published_game();
  const std::set<std::uint32_t> vigilance(game.vigilance.begin(), game.vigilance.end());
  std::map<std::uint32_t, std::size_t> first;
  std::set<std::size_t> intervals;
  std::size_t targets = 0;
  for (std::size_t slot = 0; slot < game.slots.size(); ++slot) {
    const auto [known, is_new] = first.emplace(game.slots[slot], slot);
    if (is_new || vigilance.contains(game.slots[slot])) continue;
    ++targets;
    intervals.insert(slot - known->second);
  }

  EXPECT_EQ(targets, 149U);
  EXPECT_EQ(intervals.size(), 82U);
  EXPECT_EQ(*intervals.begin(), 10U);
  EXPECT_EQ(*intervals.rbegin(), 276U);
  EXPECT_EQ(std::set<std::string>(published_tracks().begin(), published_tracks().end()).size(), 235U);
  EXPECT_EQ(published_tracks().front(), "normalize_5s_intro_thc1MtNagC8.wav");
}

TEST_F(GameLogs, of_other_games_need_their_slots) {
  const std::string columns = "userEmail,audioOrder,userResponse,experimentFinished";
  EXPECT_THAT(problem(columns + "\nme@example.org,\"0,1\",\"0,0\",1\n", LogLayout::audmem),
              HasSubstr("needs the columns slotOrder and vigilance"));
  EXPECT_THAT(problem(columns + "\nme@example.org,\"0,0\",\"0,0\",1\n", LogLayout::audmem),
              HasSubstr("has a clip twice"));
  EXPECT_THAT(problem(columns + "\nme@example.org,\"0,235\",\"0,0\",1\n", LogLayout::audmem),
              HasSubstr("the published game does not have"));
  EXPECT_THAT(problem(columns + ",slotOrder,vigilance\nme@example.org,\"x,y\",\"0,7,1\",1,\"0,1,0\",\n",
                      LogLayout::audmem),
              HasSubstr("userResponse holds another answer"));
  EXPECT_THAT(problem(columns + ",slotOrder,vigilance\nme@example.org,\"x,y\",\"0,0,1,1\",1,\"0,1,0\",\n",
                      LogLayout::audmem),
              HasSubstr("4 answers, and the game 3 slots"));
  EXPECT_THAT(problem(columns + ",slotOrder\nme@example.org,\"x,y\",\"0\",1,\"0\"\n", LogLayout::audmem),
              HasSubstr("slotOrder and no vigilance"));
  EXPECT_EQ(problem(columns + ",slotOrder,vigilance\nme@example.org,\"x,y\",\"0,0,1\",1,\"0,1,0\",1\n",
                    LogLayout::audmem),
            "");
}

TEST(Addresses, are_told_from_names) {
  EXPECT_TRUE(holds_address("write to me.too@mail.example.org, please"));
  EXPECT_TRUE(holds_address("ä@b.de"));
  EXPECT_FALSE(holds_address("live @ the park.wav"));
  EXPECT_FALSE(holds_address("a@b"));
  EXPECT_FALSE(holds_address("@media (max-width: 3.5rem)"));
}

}  // namespace
}  // namespace musicmem::data
