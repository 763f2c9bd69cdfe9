// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sources/array_files.h"

#include "config/error.h"
#include "data/hdf5/hdf5.h"
#include "data/joined_tables.h"
#include "features/sources/array_rows.h"
#include "tests/own_path.h"

#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;
using config::FeatureSource;
using config::LayerChoice;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pointwise;

const fs::path arrays = MUSICMEM_TEST_DATA "/arrays";

data::SegmentTable three_tracks() {
  data::SegmentTable tracks;
  tracks.tracks = {"a.wav", "b.wav", "album/c.wav"};
  tracks.labels = {0.25, 0.5, 0.75};
  return tracks;
}

FeatureSource reading(const fs::path& file, const std::string& layer,
                      config::TimePool pool = config::TimePool::mean) {
  FeatureSource source;
  source.source = file;
  source.reading.layer = LayerChoice::parse(layer);
  source.reading.pool = pool;
  return source;
}

data::SegmentTable read(const FeatureSource& source, const data::SegmentTable& tracks,
                        const std::vector<int>& semitones = {}, std::vector<std::string>* notes = nullptr) {
  const ArraySet set(source, {"mert", tracks, semitones});
  if (notes != nullptr) *notes = set.notes();
  return set.read();
}

std::string problem_of(const FeatureSource& source, const data::SegmentTable& tracks = three_tracks(),
                       const std::vector<int>& semitones = {}) {
  try {
    read(source, tracks, semitones);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::vector<double> expected(const std::string& name) {
  return data::hdf5::Reader(MUSICMEM_TEST_DATA "/rows.h5").doubles(name);
}

// Sums of a few numbers, in another order than numpy's.
constexpr double rounding = 1e-14;

TEST(ArrayFiles, of_every_form_hold_the_rows_that_numpy_makes_of_them) {
  for (const char* form : {"datasets.h5", "packed.h5", "folder"}) {
    const auto values = [&](const std::string& layer, config::TimePool pool) {
      return read(reading(arrays / form, layer, pool), three_tracks()).values.values();
    };

    EXPECT_THAT(values("1", config::TimePool::mean), Pointwise(DoubleNear(rounding), expected("layer1_mean")))
        << form;
    EXPECT_THAT(values("-1", config::TimePool::mean_std),
                Pointwise(DoubleNear(rounding), expected("last_mean_std")));
    EXPECT_THAT(values("[0, 2]", config::TimePool::max), Pointwise(DoubleNear(0.0), expected("layers02_max")))
        << form;
    EXPECT_THAT(values("mean", config::TimePool::mean),
                Pointwise(DoubleNear(rounding), expected("mean_mean")));
  }
}

TEST(ArrayFiles, of_every_form_give_the_same_bits_and_a_csv_those_of_its_numbers) {
  const data::SegmentTable table = read(reading(arrays / "datasets.h5", "1"), three_tracks());

  EXPECT_EQ(read(reading(arrays / "packed.h5", "1"), three_tracks()).values, table.values);
  EXPECT_EQ(read(reading(arrays / "folder", "1"), three_tracks()).values, table.values);
  const data::SegmentTable csv = read(reading(arrays / "mean.csv", "none"), three_tracks());
  EXPECT_THAT(csv.values.values(), Pointwise(DoubleNear(rounding), table.values.values()));
  EXPECT_EQ(csv.columns.front(), "e0");
  EXPECT_THAT(table.row_segment, ElementsAre(0, 0, 0));
}

TEST(ArrayFiles, hold_segments_as_rows) {
  FeatureSource source = reading(arrays / "folder", "3");
  source.reading.per = config::RowsPer::segment;

  const data::SegmentTable table = read(source, three_tracks());

  EXPECT_EQ(table.values.values(), expected("segments"));
  EXPECT_EQ(table.row_segment[4], 5);
  EXPECT_EQ(table.row_track[5], 1);
}

TEST(ArrayFiles, hold_pitch_variants_beside_the_originals_or_none) {
  for (const char* form : {"datasets.h5", "packed.h5", "folder"}) {
    const data::SegmentTable table = read(reading(arrays / form, "0"), three_tracks(), {2});

    EXPECT_THAT(table.row_semitones, ElementsAre(0, 0, 0, 2, 2, 2)) << form;
    EXPECT_NEAR(table.values(3, 0), table.values(0, 0) + 1.0, 1e-6) << form;
  }
  EXPECT_FALSE(read(reading(arrays / "mean.csv", "none"), three_tracks(), {2}).has_augmented_rows());
  EXPECT_THAT(problem_of(reading(arrays / "folder", "0"), three_tracks(), {2, 3}),
              HasSubstr("lacks 3 tracks of 3 (3_semitones), such as a.wav"));
}

TEST(ArrayFiles, that_lack_a_track_or_have_one_too_many_say_so) {
  data::SegmentTable more = three_tracks();
  more.tracks.push_back("d.wav");
  more.labels.push_back(1.0);
  data::SegmentTable fewer = three_tracks();
  fewer.tracks.pop_back();
  fewer.labels.pop_back();
  std::vector<std::string> notes;

  read(reading(arrays / "folder", "0"), fewer, {}, &notes);

  EXPECT_THAT(notes, ElementsAre(HasSubstr("1 array of no track left out, such as album/c")));
  EXPECT_THAT(problem_of(reading(arrays / "datasets.h5", "0"), more),
              HasSubstr("datasets.h5: feature set mert lacks 1 track of 4 (original), such as d.wav"));
}

TEST(ArrayFiles, that_are_read_are_those_of_the_tracks) {
  data::SegmentTable fewer = three_tracks();
  fewer.tracks.pop_back();
  fewer.labels.pop_back();
  const FeatureSource folder = reading(arrays / "folder", "0");
  const ArraySet set(folder, {"mert", fewer, {2}});
  const FeatureSource file = reading(arrays / "datasets.h5", "0");

  EXPECT_TRUE(set.has_variants());
  EXPECT_THAT(set.files(false), ElementsAre(arrays / "folder/a.npy", arrays / "folder/b.npz"));
  EXPECT_EQ(set.files(true).size(), 4U);
  EXPECT_THAT(ArraySet(file, {"mert", fewer, {2}}).files(true), ElementsAre(arrays / "datasets.h5"));
  EXPECT_THAT(array_names(file), ElementsAre("a", "album/c", "b"));
}

TEST(ArrayFiles, that_cannot_be_sets_are_refused_by_what_they_are) {
  EXPECT_THAT(problem_of(reading(arrays / "folder/a.npy", "0")), HasSubstr("is one array"));
  EXPECT_THAT(problem_of(reading(MUSICMEM_TEST_DATA, "0")), HasSubstr("lacks 3 tracks"));
  const fs::path table = own_path().replace_extension(".csv");
  std::ofstream(table) << "track,segment_idx\na,1\nb,1\nalbum/c,1\n";
  EXPECT_THAT(problem_of(reading(table, "none")), HasSubstr("has no column of features"));
  std::ofstream(table) << "track,x,x\na,1,2\nb,1,2\nalbum/c,1,2\n";
  EXPECT_THAT(problem_of(reading(table, "none")), HasSubstr("has two columns 'x'"));
  fs::remove(table);
}

TEST(ArrayFiles, do_not_take_a_stem_for_one_of_two_tracks_that_share_it) {
  data::SegmentTable tracks = three_tracks();
  tracks.tracks = {"x/a.wav", "y/a.wav", "b.wav"};

  EXPECT_THAT(problem_of(reading(arrays / "folder", "0"), tracks), HasSubstr("lacks 2 tracks of 3"));
}

std::string array_problem(const data::NumberArray& array, const FeatureSource& source) {
  try {
    rows_of_array(array, source.reading, "x.npy");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ArrayRows, refuse_what_does_not_fit_the_reading) {
  const auto none = reading("", "none");
  auto segments = none;
  segments.reading.per = config::RowsPer::segment;
  const data::NumberArray layers{{2, 1, 1}, {1.0, 2.0}};
  const data::NumberArray vector{{2}, {1.0, 2.0}};

  EXPECT_THAT(array_problem(layers, none),
              HasSubstr("x.npy: has layers, and none is chosen: its shape is [2, 1, 1]"));
  EXPECT_THAT(array_problem(layers, reading("", "2")), HasSubstr("has no layer 2"));
  EXPECT_THAT(array_problem(layers, reading("", "-3")), HasSubstr("has no layer -3"));
  EXPECT_THAT(array_problem(layers, reading("", "[1, -1]")), HasSubstr("has layer -1 chosen twice"));
  EXPECT_THAT(array_problem(vector, reading("", "0")), HasSubstr("has no layers"));
  EXPECT_THAT(array_problem(vector, segments), HasSubstr("has no segments"));
  EXPECT_THAT(array_problem({{}, {1.0}}, none), HasSubstr("is no array [dim]"));
  EXPECT_THAT(array_problem({{0, 3}, {}}, none), HasSubstr("is no array [dim]"));
  EXPECT_THAT(array_problem({{2}, {1.0, std::numeric_limits<double>::quiet_NaN()}}, none),
              HasSubstr("value 1 is not a finite number"));
  EXPECT_THAT(array_problem({{2}, {1.0, -1e308}}, none), HasSubstr("value 1 is -1e+308, too large"));
}

TEST(ArrayRows, call_the_columns_of_joined_layers_as_the_setting_calls_the_layers) {
  const ArrayRows rows = rows_of_array({{3, 1, 1}, {1.0, 2.0, 3.0}}, reading("", "[-1, 0]").reading, "x.npy");

  EXPECT_THAT(rows.columns, ElementsAre("layer-1.0", "layer0.0"));
  EXPECT_THAT(rows.values.values(), ElementsAre(3.0, 1.0));
}

TEST(JoinedTables, stand_clips_beside_segments) {
  data::SegmentTable by_segment = three_tracks();
  by_segment.columns = {"x"};
  data::SegmentTable by_clip = three_tracks();
  by_clip.columns = {"x", "y"};
  for (int track = 0; track < 3; ++track) {
    by_clip.values.append_row(std::vector<double>{10.0 + track, 20.0 + track});
    by_clip.row_track.push_back(track);
    by_clip.row_segment.push_back(0);
    by_clip.row_semitones.push_back(0);
    for (int segment = 1; segment <= 2; ++segment) {
      by_segment.values.append_row(std::vector<double>{100.0 * track + segment});
      by_segment.row_track.push_back(track);
      by_segment.row_segment.push_back(segment);
      by_segment.row_semitones.push_back(0);
    }
  }

  const data::SegmentTable joined = data::join_tables({{"mert", &by_clip}, {"ehc", &by_segment}}, true);

  EXPECT_THAT(joined.columns, ElementsAre("mert.x", "mert.y", "ehc.x"));
  EXPECT_THAT(joined.row_segment, ElementsAre(1, 2, 1, 2, 1, 2));
  EXPECT_THAT(joined.values.row(3), ElementsAre(11.0, 21.0, 102.0));
}

}  // namespace
}  // namespace musicmem::features
