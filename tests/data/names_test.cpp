// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/names.h"

#include "config/error.h"
#include "data/clip_files.h"
#include "data/files/durable_file.h"
#include "data/files/folder_entries.h"
#include "data/labels.h"
#include "data/track_values.h"
#include "tests/own_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// From Python's unicodedata.normalize.
constexpr const char* composed = "Beyonc\u00e9 \u2013 D\u00e9j\u00e0 Vu.wav";
constexpr const char* decomposed = "Beyonce\u0301 \u2013 De\u0301ja\u0300 Vu.wav";

class Names : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(directory_ = own_path()); }
  void TearDown() override { fs::remove_all(directory_); }

  void touch(const std::string& name) { write_file(directory_ / name, "x"); }

  FoundClip find(const std::string& word) { return ClipFiles(directory_).find(word); }
  std::string found_name(const std::string& word) { return find(word).file.filename().string(); }

  template <typename Work>
  static std::string problem(Work work) {
    try {
      work();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  fs::path directory_;
};

TEST_F(Names, are_compared_in_composed_form) {
  EXPECT_EQ(nfc(decomposed), composed);
  EXPECT_EQ(nfc(composed), composed);
  EXPECT_EQ(nfc("\u304b\u3099"), "\u304c");        // Japanese voicing mark
  EXPECT_EQ(nfc("\u1112\u1161\u11ab"), "\ud55c");  // Korean letters
  EXPECT_EQ(nfc("\u212b"), "\u00c5");              // a sign that stands for a letter
  EXPECT_EQ(nfc("caf\xe9.wav"), "caf\xe9.wav");    // no UTF-8
  EXPECT_EQ(folded("STRASSE"), folded("stra\u00dfe"));
}

TEST_F(Names, that_are_too_long_keep_their_suffix_and_stay_apart) {
  const std::string wide(85, 'x');
  std::string name;
  for (int i = 0; i < 84; ++i) name += "\u3042";  // 252 bytes

  EXPECT_EQ(file_name("clip", ".h5"), "clip.h5");
  EXPECT_EQ(file_name(name, ".h5"), name + ".h5");
  const std::string cut = file_name(name, ".tmp.host.123");
  EXPECT_LE(cut.size(), longest_file_name);
  EXPECT_TRUE(cut.ends_with(".tmp.host.123"));
  EXPECT_TRUE(cut.starts_with(name.substr(0, 150)));
  EXPECT_EQ(nfc(cut), cut) << "characters are not cut in two";
  EXPECT_NE(cut, file_name(name + "x", ".tmp.host.123"));
}

TEST_F(Names, as_long_as_the_file_system_takes_can_be_written_and_swept) {
  const fs::path path = directory_ / (std::string(251, 'x') + ".wav");

  write_file_durably(path, "sound");
  write_file(temporary_name(path), "left over");

  EXPECT_EQ(read_file(path), "sound");
  EXPECT_EQ(remove_stale_temporaries(directory_), 1);
  EXPECT_TRUE(fs::exists(path));
}

TEST_F(Names, ids_are_cut_out_of_published_names_only) {
  EXPECT_EQ(clip_id("normalize_5s_intro_abcDEF-_189.wav"), "abcDEF-_189");
  EXPECT_EQ(clip_id("stimulus_012_normalized.wav"), "stimulus_012_normalized");
  EXPECT_EQ(clip_id("normalize_5s_intro_too_long_for_one.wav"), "normalize_5s_intro_too_long_for_one");
  EXPECT_EQ(clip_id("normalize_5s_intro_abc def.189.wav"), "normalize_5s_intro_abc def.189");
  EXPECT_EQ(clip_id("short.wav"), "short");
}

TEST_F(Names, of_clips_match_in_any_form_of_unicode) {
  touch(decomposed);
  touch(std::string("._") + decomposed);

  EXPECT_EQ(found_name(composed), decomposed);
  EXPECT_EQ(found_name(decomposed), decomposed);
  EXPECT_EQ(FolderEntries(directory_).find(composed).filename(), decomposed);
  EXPECT_THAT(ClipFiles(directory_).names(), ElementsAre(decomposed));
}

TEST_F(Names, that_differ_only_in_their_form_of_unicode_are_refused) {
  touch(composed);
  touch(decomposed);

  EXPECT_THAT(problem([&] { find(composed); }), AllOf(HasSubstr(composed), HasSubstr(decomposed)));
}

TEST_F(Names, are_read_where_one_file_is_meant_for_certain) {
  touch("a.WAV");
  touch("b.c.flac");

  EXPECT_TRUE(find("a.wav").spelling.capitals);
  EXPECT_TRUE(find("b.c").spelling.extension);
  EXPECT_TRUE(find(" b.c.flac ").spelling.blanks);
  for (const char* word : {"clips/a.WAV", "C:\\study\\clips\\a.WAV", "/elsewhere/clips/a.WAV"}) {
    EXPECT_EQ(found_name(word), "a.WAV") << word;
    EXPECT_TRUE(find(word).spelling.folder) << word;
  }
  EXPECT_EQ(found_name("clips/a"), "a.WAV");
}

TEST_F(Names, match_without_the_characters_that_nobody_sees) {
  touch("my clip.wav");
  touch("a\u200bb.WAV");

  EXPECT_EQ(as_seen("\ufeffmy\u00a0cl\u00adip.wav\u3000"), "my clip.wav");
  EXPECT_EQ(as_seen("caf\xe9.wav"), "caf\xe9.wav");
  for (const char* word : {"my\u00a0clip.wav", "my clip\u200b.wav", "\ufeffmy\u2009clip.wav"}) {
    EXPECT_EQ(found_name(word), "my clip.wav") << word;
    EXPECT_TRUE(find(word).spelling.unseen) << word;
  }
  EXPECT_EQ(found_name("ab.wav"), "a\u200bb.WAV");
  touch("my\u2003clip.wav");
  EXPECT_THAT(find("my\u00a0clip.wav").problem, HasSubstr("may both be meant"));
}

TEST_F(Names, of_files_without_an_extension_may_be_given_with_one) {
  touch("clip00");
  touch("clip01");
  touch("clip01.mp3");
  touch("notes");

  EXPECT_EQ(found_name("clip00.wav"), "clip00");
  EXPECT_TRUE(find("clip00.wav").spelling.extension);
  EXPECT_THAT(find("clip01.wav").problem, AllOf(HasSubstr("'clip01'"), HasSubstr("'clip01.mp3'")));
  EXPECT_EQ(found_name("notes.txt"), "");
}

TEST_F(Names, that_may_mean_several_files_or_none_say_so) {
  touch("a.wav");
  touch("a.flac");
  touch("Only.mp3");
  touch("._b.wav");
  fs::create_directories(directory_ / "album");
  touch("album/a.wav");

  EXPECT_EQ(found_name("a.wav"), "a.wav");
  EXPECT_THAT(find("a").problem, AllOf(HasSubstr("'a.flac'"), HasSubstr("'a.wav'")));
  EXPECT_THAT(find("only.mp3").problem, HasSubstr("there is only 'Only.mp3'"));
  EXPECT_THAT(find("Only.wav").problem, HasSubstr("there is only 'Only.mp3'"));
  EXPECT_THAT(find("._b.wav").problem, HasSubstr("macOS"));
  EXPECT_THAT(find("album/a.wav").problem, HasSubstr("outside the folder"));
  EXPECT_EQ(find("nothing.wav").problem, "");
  EXPECT_EQ(found_name("nothing.wav"), "");
}

TEST_F(Names, of_labels_that_mean_one_file_are_refused_together) {
  touch("a.wav");

  EXPECT_THAT(problem([&] {
                match_labels({{"a.wav", 0.5}, {"a", 0.6}}, directory_);
              }),
              AllOf(HasSubstr("'a.wav'"), HasSubstr("'a'")));
  write_file(directory_ / "labels.csv",
             std::string("track,score\n") + composed + ",0.5\n" + decomposed + ",0.5\n");
  EXPECT_THAT(
      problem([&] { read_labels(directory_ / "labels.csv"); }),
      AllOf(HasSubstr("labels.csv:3"), HasSubstr("line 2"), HasSubstr(composed), HasSubstr(decomposed)));
}

TEST_F(Names, of_labels_are_kept_and_summed_up) {
  for (const char* name : {"a.wav", "b.wav", "c.WAV", decomposed, ".DS_Store", "._a.wav", "left.wav"})
    touch(name);

  const LabelledClips clips =
      match_labels({{"a", 0.1}, {"x/b.wav", 0.2}, {"c.wav", 0.3}, {composed, 0.4}}, directory_);

  EXPECT_EQ(clips.labels[1].track, "x/b.wav");
  EXPECT_THAT(clips.names, ElementsAre("a.wav", "b.wav", "c.WAV", composed));
  EXPECT_EQ(clips.audio[3].filename(), decomposed);
  EXPECT_THAT(clips.unlabelled, ElementsAre("left.wav"));
  EXPECT_THAT(
      clips.notes,
      ElementsAre("1 label matched without its extension, such as 'a' for 'a.wav'",
                  "1 label matched without its folder, such as 'x/b.wav' for 'b.wav'",
                  "1 label matched but for the capitals of its extension, such as 'c.wav' for 'c.WAV'"));
}

TEST_F(Names, of_tracks_in_tables_match_as_those_of_clips) {
  write_file(directory_ / "tempo.csv",
             std::string("track,bpm\n") + decomposed + ",90\nclips/b.WAV,100\nc,110\n" +
                 "abcDEF-_189,120\nnormalized,130\nx/d.wav,140\ny/d.wav,150\n" + "e\u00a0f\u200b.wav,160\n");
  const TrackValues tempo(directory_ / "tempo.csv", {"bpm"});

  EXPECT_THAT(tempo.require(composed), ElementsAre(90));
  EXPECT_THAT(tempo.require("b.wav"), ElementsAre(100));
  EXPECT_THAT(tempo.require("c.flac"), ElementsAre(110));
  EXPECT_THAT(tempo.require("normalize_5s_intro_abcDEF-_189.wav"), ElementsAre(120));
  EXPECT_THAT(tempo.require("e f.wav"), ElementsAre(160));
  EXPECT_FALSE(tempo.find("stimulus_1_normalized.wav")) << "no published name";
  EXPECT_THAT(problem([&] { tempo.require("d.wav"); }),
              AllOf(HasSubstr("'x/d.wav'"), HasSubstr("'y/d.wav'")));
}

}  // namespace
}  // namespace musicmem::data
