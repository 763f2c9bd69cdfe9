// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/labels.h"

#include "config/error.h"
#include "data/clip_files.h"
#include "data/ehc_table.h"
#include "data/files/durable_file.h"
#include "tests/own_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Labels : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(directory_); }
  void TearDown() override { fs::remove_all(directory_); }

  fs::path write(const std::string& name, const std::string& text) const {
    fs::create_directories((directory_ / name).parent_path());
    write_file(directory_ / name, text);
    return directory_ / name;
  }
  std::string problem(const std::string& text, const TrackColumns& columns) const {
    try {
      read_labels(write("labels.csv", text), columns);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  fs::path directory_ = own_path();
};

const TrackColumns dprime{.target = "dprime", .range = {.any = true}};
const TrackColumns with_folds{.needs_fold = true};

TEST_F(Labels, have_another_target_and_groups) {
  const LabelTable table = read_labels(
      write("labels.csv", "track,dprime,group,year\na.wav,-0.5,x,1990\nb.wav,2.25,y,1991\n"), dprime);

  ASSERT_EQ(table.labels.size(), 2U);
  EXPECT_EQ(table.labels[0].score, -0.5);
  EXPECT_EQ(table.labels[1].group, "y");
  EXPECT_TRUE(table.has_groups);
  EXPECT_THAT(table.ignored, ElementsAre("year"));
}

TEST_F(Labels, find_columns_by_their_composed_names) {
  const std::string decomposed = "track,me\u0301moire\na.wav,0.5\n";

  EXPECT_EQ(problem(decomposed, {.target = "m\u00e9moire"}), "no error");
  EXPECT_EQ(problem("track,m\u00e9moire\na.wav,0.5\n", {.target = "me\u0301moire"}), "no error");
  EXPECT_EQ(problem("Track,\u00c9coute\na.wav,0.5\n", {.target = "\u00e9coute"}), "no error");
}

TEST_F(Labels, have_weights_where_a_column_is_named) {
  const TrackColumns weighted{.weight = "n"};
  const LabelTable table =
      read_labels(write("labels.csv", "track,score,n\na.wav,0.5,71\nb.wav,0.25,12.5\n"), weighted);

  EXPECT_EQ(table.labels[0].weight, 71.0);
  EXPECT_EQ(table.labels[1].weight, 12.5);
  EXPECT_TRUE(table.ignored.empty());
  EXPECT_THAT(problem("track,score\na.wav,0.5\n", weighted), HasSubstr("n"));
  EXPECT_THAT(problem("track,score,n\na.wav,0.5,0\n", weighted), HasSubstr("'0' in column n is no weight"));
  EXPECT_THAT(problem("track,score,n\na.wav,0.5,many\n", weighted), HasSubstr("give a number above 0"));
}

TEST_F(Labels, of_tables_have_weights_that_exports_keep) {
  const TrackColumns weighted{.weight = "n"};
  const SegmentTable table = read_segment_table(
      write("t.csv", "track,segment_idx,score,n,mine\na.wav,1,0.5,71,1\na.wav,2,0.5,71,2\nb.wav,1,0.2,3,4\n"),
      nullptr, weighted);

  EXPECT_THAT(table.weights, ElementsAre(71.0, 3.0));
  EXPECT_THAT(table.columns, ElementsAre("mine"));
  EXPECT_THAT(read_segment_table(write("t.h5", to_hdf5(table)), nullptr, weighted).weights,
              ElementsAre(71.0, 3.0));
  EXPECT_THAT(read_segment_table(write("again.csv", to_csv(table)), nullptr, weighted).weights,
              ElementsAre(71.0, 3.0));
}

TEST_F(Labels, keep_to_their_range) {
  const TrackColumns likert{.target = "rating", .range = {.low = 1, .high = 7}};

  EXPECT_THAT(problem("track,rating\na.wav,7\nb.wav,7.5\n", likert),
              HasSubstr("rating 7.5 lies outside [1, 7]"));
  EXPECT_THAT(problem("track,dprime\na.wav,0.5\nb.wav,loud\n", dprime), HasSubstr("dprime"));
  EXPECT_THAT(problem("track,score\na.wav,0.5\n", dprime), HasSubstr("has no column 'dprime'"));
  EXPECT_THAT(problem("track,dprime,dprime\na.wav,0.5,1\n", dprime), HasSubstr("has two columns 'dprime'"));
}

TEST_F(Labels, say_which_group_or_fold_is_missing) {
  EXPECT_THAT(problem("track,score,group\na.wav,0.5,x\nb.wav,0.5, \n", {}), HasSubstr("it has no group"));
  EXPECT_EQ(problem("track,score,group\na.wav,0.5,x\nb.wav,0.5, \n", {.group = ""}), "no error");
  EXPECT_THAT(problem("track,score\na.wav,0.5\n", {.group = "artist", .needs_group = true}),
              HasSubstr("has no column 'artist'"));
  EXPECT_THAT(problem("track,score\na.wav,0.5\n", with_folds), HasSubstr("has no column 'fold'"));
  for (const char* fold : {"1.5", "-1", "first", ""}) {
    EXPECT_THAT(problem(std::string("track,score,fold\na.wav,0.5,") + fold + "\n", with_folds),
                HasSubstr("is no number of a fold"));
  }
}

TEST_F(Labels, name_clips_in_sub_folders) {
  for (const char* name : {"clips/ann/one/01.wav", "clips/bob/01.wav", "clips/bob/02.WAV", "clips/top.wav"})
    write(name, "");

  const LabelledClips clips =
      match_labels({{"ann/one/01.wav"}, {"bob/02.wav"}, {"bob\\01"}, {"elsewhere/top.wav"}, {"ann/02.wav"}},
                   directory_ / "clips");

  EXPECT_THAT(clips.names, ElementsAre("ann/one/01.wav", "bob/02.WAV", "bob/01.wav", "top.wav", "02.wav"));
  EXPECT_EQ(clips.audio[0], directory_ / "clips/ann/one/01.wav");
  EXPECT_TRUE(clips.audio[4].empty());
  EXPECT_TRUE(clips.unlabelled.empty());
}

TEST_F(Labels, do_not_leave_their_folder) {
  write("secret.wav", "");
  write("clips/a.wav", "");

  const LabelledClips clips = match_labels({{"a.wav"}, {"../secret.wav"}}, directory_ / "clips");

  EXPECT_TRUE(clips.audio[1].empty());
  EXPECT_THAT(clips.problems[1], HasSubstr("outside the folder"));
}

TEST_F(Labels, of_tables_have_tracks_groups_and_folds_too) {
  const TrackColumns columns{.target = "valence", .range = {.low = -1, .high = 1}, .needs_fold = true};
  const std::string text =
      "track,valence,group,fold,mine,label\nx/a.wav,-0.25,ann,1,3.5,0.5\nb.wav,1,bob,0,4.5,0.5\n";

  const SegmentTable table = read_segment_table(write("t.csv", text), nullptr, columns);

  EXPECT_THAT(table.tracks, ElementsAre("x/a.wav", "b.wav"));
  EXPECT_THAT(table.labels, ElementsAre(-0.25, 1.0));
  EXPECT_THAT(table.groups, ElementsAre("ann", "bob"));
  EXPECT_THAT(table.given_folds, ElementsAre(1, 0));
  EXPECT_THAT(table.columns, ElementsAre("mine"));
  const TrackColumns again{.target = "valence", .range = {.any = true}, .needs_fold = true};
  for (const auto& [name, bytes] : {std::pair{"t2.csv", to_csv(table)}, {"t2.h5", to_hdf5(table)}}) {
    const SegmentTable copy = read_segment_table(write(name, bytes), nullptr, again);
    EXPECT_EQ(copy.groups, table.groups);
    EXPECT_EQ(copy.given_folds, table.given_folds);
    EXPECT_EQ(copy.labels, table.labels);
  }
}

TEST_F(Labels, of_hdf5_tables_are_the_dataset_that_the_target_names) {
  const TrackColumns valence{.target = "valence", .range = {.any = true}, .group = "artist"};
  const TrackColumns detected{
      .target = "dprime", .range = {.any = true}, .group = "song", .needs_group = true};
  const std::string text =
      "track,valence,dprime,label,mine,artist,song\na.wav,-0.25,3,0.5,1,10,11\nb.wav,1,2,0.25,2,20,21\n";
  const auto imported = [&](const std::string& name, const TrackColumns& columns) {
    return write(name, to_hdf5(read_segment_table(write("t.csv", text), nullptr, columns)));
  };

  const fs::path of_valence = imported("valence.h5", valence);
  const fs::path of_dprime = imported("dprime.h5", detected);
  const fs::path published = imported("label.h5", {});

  EXPECT_THAT(read_segment_table(of_valence, nullptr, valence).labels, ElementsAre(-0.25, 1.0));
  EXPECT_THAT(read_segment_table(of_dprime, nullptr, detected).labels, ElementsAre(3.0, 2.0));
  EXPECT_THAT(read_segment_table(of_dprime, nullptr, detected).groups, ElementsAre("11", "21"));
  EXPECT_THAT(read_segment_table(published).labels, ElementsAre(0.5, 0.25));
}

TEST_F(Labels, of_hdf5_tables_that_lack_the_named_dataset_are_refused_with_the_nearest) {
  const TrackColumns valence{.target = "valence", .range = {.any = true}};
  const SegmentTable table =
      read_segment_table(write("t.csv", "track,valence,mine\na.wav,-0.25,1\n"), nullptr, valence);
  const fs::path file = write("t.h5", to_hdf5(table));
  const auto problem = [&](const TrackColumns& columns) -> std::string {
    try {
      read_segment_table(file, nullptr, columns);
      return "nothing";
    } catch (const Error& error) {
      return error.what();
    }
  };

  EXPECT_THAT(problem({.target = "valance", .range = {.any = true}}),
              AllOf(HasSubstr("no dataset 'valance'"), HasSubstr("did you mean 'valence'?")));
  EXPECT_THAT(problem({}), HasSubstr("no dataset 'score'"));
  EXPECT_THAT(problem({.target = "valence", .range = {.any = true}, .group = "artist", .needs_group = true}),
              HasSubstr("no dataset 'artist'"));
}

TEST_F(Labels, of_tables_come_with_what_clips_their_features_are_of) {
  SegmentTable table = read_segment_table(write("t.csv", "track,score,mine\na.wav,0.25,1\nb.wav,0.5,2\n"));
  EXPECT_FALSE(table.clip);
  table.clip = config::ClipGeometry{.seconds = 10, .segment = 2};

  for (const auto& [name, bytes] : {std::pair{"t2.csv", to_csv(table)}, {"t2.h5", to_hdf5(table)}}) {
    const SegmentTable copy = read_segment_table(write(name, bytes));
    EXPECT_EQ(copy.clip, table.clip);
    EXPECT_THAT(copy.columns, ElementsAre("mine"));
  }
  table.clip = config::ClipGeometry{};
  EXPECT_THAT(to_csv(table), Not(HasSubstr("clip_seconds")));
}

TEST_F(Labels, of_tables_of_several_clip_lengths_are_refused) {
  const fs::path file = write("t.csv", "track,score,mine,clip_seconds\na.wav,0.25,1,10\nb.wav,0.5,2,5\n");

  EXPECT_THROW(read_segment_table(file), Error);
}

TEST_F(Labels, of_tables_stand_beside_published_and_own_columns) {
  std::string text = "YT_id,label,own";
  for (const std::string& column : ehc_columns(false)) text += "," + column;
  text += "\na,0.5,7";
  for (std::size_t i = 0; i < ehc_columns(false).size(); ++i) text += ",1";
  std::string note;

  const SegmentTable table = read_segment_table(write("t.csv", text + "\n"), &note);

  EXPECT_EQ(table.columns.back(), "own");
  EXPECT_EQ(table.values(0, table.columns.size() - 1), 7.0);
  EXPECT_THAT(note, HasSubstr("features beside the published ones are own"));
}

}  // namespace
}  // namespace musicmem::data
