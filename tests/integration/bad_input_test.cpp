// SPDX-License-Identifier: GPL-3.0-or-later
// Every kind of bad input ends in one clear line and the right exit code; what can go on goes on.
#include "tests/integration/study_fixture.h"

#include <algorithm>
#include <cstring>

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <unistd.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class BadInput : public SmallStudy {
 protected:
  // The study must be refused with one line that says all of `parts`.
  void expect_refused(const Words& parts, const Words& overrides = quick_models, int exit_code = 1) {
    const ProgramResult result = run_study(overrides);
    EXPECT_EQ(result.exit_code, exit_code) << result.errors;
    const std::size_t error = result.errors.find("musicmem: error: ");
    ASSERT_NE(error, std::string::npos) << result.errors;
    const std::string line = result.errors.substr(error);
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
    for (const std::string& part : parts) EXPECT_THAT(line, HasSubstr(part));
  }

  // One clip must fail with `part`, and the rest of the study must be done.
  void expect_failed_clip(const fs::path& path, const std::string& part) {
    const ProgramResult result = run_study(quick_models);
    EXPECT_EQ(result.exit_code, 3) << result.errors;
    EXPECT_THAT(result.errors, AllOf(HasSubstr(path.filename().string()), HasSubstr(part)));
    const std::string report = text_of(directory_ / "run/report/report.md");
    EXPECT_THAT(report,
                AllOf(HasSubstr("Failed"), HasSubstr(part), ::testing::Not(HasSubstr(directory_.string()))));
    EXPECT_EQ(summary_cell(directory_ / "run", "mean", "vanilla", "fits"), "3");
  }

  void edit_labels(const std::string& from, const std::string& to) {
    std::string text = text_of(labels());
    const std::size_t position = text.find(from);
    ASSERT_NE(position, std::string::npos);
    write_text(labels(), text.replace(position, from.size(), to));
  }

  std::string label_line(int row) const {
    const std::string text = text_of(labels());
    std::size_t start = 0;
    for (int i = 0; i <= row; ++i) start = text.find('\n', start) + 1;
    return text.substr(start, text.find('\n', start) - start);
  }
};

TEST_F(BadInput, missing_labels_file) {
  fs::remove(labels());
  expect_refused({"track_memorability_scores_beta.csv", "No such file"});
}

TEST_F(BadInput, pretrained_weights_are_looked_at_before_the_study_begins) {
  const fs::path weights = directory_ / "wrong.pth";
  write_text(weights, "no weights");
  const Words models = {"models=[{name: ssast, size: nano, pretrained: " + weights.string() + "}]"};

  expect_refused({weights.string(), "not a zip"}, models);
  expect_refused({weights.string(), "not a zip"}, {models.front(), "--dry-run"});
  EXPECT_FALSE(fs::exists(directory_ / "study/data/features"));
}

TEST_F(BadInput, label_without_audio_fails_that_clip) {
  fs::remove(clip(4));
  expect_failed_clip(clip(4), "no readable audio file");
}

TEST_F(BadInput, audio_without_label_is_a_warning_with_a_count) {
  fs::copy_file(clip(0), audio() / "stranger.wav");
  const ProgramResult result = run_study(quick_models);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.errors, HasSubstr("audio file has no label and is left out (stranger.wav)"));
}

TEST_F(BadInput, duplicate_track) {
  write_text(labels(), text_of(labels()) + label_line(0) + "\n");
  expect_refused({":14", "already given in line 2"});
}

TEST_F(BadInput, scores_outside_the_range_or_no_numbers) {
  const std::string line = label_line(2);
  const std::string track = line.substr(0, line.find(','));
  edit_labels(line, track + ",1.2");
  expect_refused({":4", "1.2", "[0, 1]"});
  edit_labels(track + ",1.2", track + ",high");
  expect_refused({":4", "'high'", "not a finite number"});
  edit_labels(track + ",high", track + ",");
  const std::string expected = "error: column 'score' is empty (" + labels().string() + ":4 (" + track +
                               ")); give a number such as 0.73\n";
  EXPECT_THAT(run_study(quick_models).errors, HasSubstr("musicmem: " + expected));
  EXPECT_THAT(run(program({"validate", "study/experiment.yaml"}), directory_).output, HasSubstr(expected));
}

TEST_F(BadInput, scores_that_are_all_the_same) {
  std::string text = "track,score\n";
  for (int row = 0; row < clips; ++row) {
    const std::string line = label_line(row);
    text += line.substr(0, line.find(',')) + ",0.5\n";
  }
  write_text(labels(), text);
  expect_refused({"all scores are the same", "nothing to predict"});
  EXPECT_FALSE(fs::exists(directory_ / "study/data/features"));
}

TEST_F(BadInput, what_validate_finds_in_names_and_settings_is_told_before_any_work) {
  fs::remove(clip(4));
  const Words svr = {"models=[{name: svr, epsilon: 0.5}]", "augment.pitch_semitones=[]"};
  Words validate = program({"validate", "study/experiment.yaml", "--run-dir", "run"});
  validate.insert(validate.end(), svr.begin(), svr.end());
  const std::string found = run(validate, directory_).output;

  const std::string told = run_study({svr[0], svr[1], "--dry-run"}).errors;

  for (const std::string& text :
       {"label has no audio file (" + clip(4).filename().string() + "); add the file",
        std::string("folds of 4 tracks are small"), std::string("models.svr.epsilon is 0.5")}) {
    EXPECT_THAT(found, HasSubstr(text));
    EXPECT_THAT(told, HasSubstr("musicmem: warning: " + text));
  }
}

TEST_F(BadInput, a_longer_clip_is_trimmed_and_run_and_validate_say_so_in_the_same_words) {
  std::string bytes = text_of(clip(0));
  const std::uint32_t more = 26460 * 4;  // 0.6 s of stereo sound at 44.1 kHz
  bytes += bytes.substr(44, more);
  for (const std::size_t place : {4, 40}) {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes.data() + place, 4);
    size += more;
    std::memcpy(bytes.data() + place, &size, 4);
  }
  write_text(clip(0), bytes);
  const std::string expected = "clip is longer than 5 s and is trimmed to its first 5 s (" +
                               clip(0).filename().string() +
                               " trimmed by 0.60 s); cut it as the listeners heard it";
  const Words svr = {"models=[{name: svr}]", "augment.pitch_semitones=[]"};

  const ProgramResult told = run_study(svr);
  const ProgramResult found = run(program({"validate", "study/experiment.yaml"}), directory_);

  EXPECT_EQ(told.exit_code, 0);
  EXPECT_THAT(told.errors, HasSubstr("musicmem: warning: " + expected + "\n"));
  EXPECT_THAT(found.output, HasSubstr(expected));
}

TEST_F(BadInput, advice_on_a_label_without_audio_fits_its_cause) {
  const fs::path file = clip(4);
  const std::string stem = file.stem().string();
  fs::copy_file(file, audio() / (stem + ".flac"));
  edit_labels(stem + ".wav", stem);

  const ProgramResult found = run(program({"validate", "study/experiment.yaml"}), directory_);

  EXPECT_EQ(found.exit_code, 3);
  EXPECT_THAT(found.output, HasSubstr("label has no audio file (" + stem + ": '" + stem + ".flac' and '" +
                                      stem + ".wav' may both be meant); write the whole name\n"));
}

TEST_F(BadInput, labels_with_a_wrong_header) {
  edit_labels("track,score", "file,score");
  expect_refused({"no column 'track'"});
}

TEST_F(BadInput, labels_with_mark_crlf_and_quotes_are_accepted) {
  std::string text = "\xEF\xBB\xBF\"track\",score\r\n";
  for (int row = 0; row < clips; ++row) {
    const std::string line = label_line(row);
    text += "\"" + line.substr(0, line.find(',')) + "\"" + line.substr(line.find(',')) + "\r\n";
  }
  write_text(labels(), text);
  EXPECT_EQ(run_study(quick_models).exit_code, 0);
}

TEST_F(BadInput, a_name_may_begin_with_a_blank) {
  const std::string name = clip(1).filename();
  edit_labels(name, " " + name);
  fs::rename(clip(1), audio() / (" " + name));
  const ProgramResult result = run_study(quick_models);
  EXPECT_EQ(result.exit_code, 0) << result.errors;
}

TEST_F(BadInput, text_file_named_wav) {
  write_text(clip(1), "this is no sound\n");
  expect_failed_clip(clip(1), "not audio");
}

TEST_F(BadInput, empty_and_truncated_files) {
  write_text(clip(2), "");
  expect_failed_clip(clip(2), "empty file");
  fs::copy_file(clip(3), clip(2), fs::copy_options::overwrite_existing);
  fs::resize_file(clip(2), fs::file_size(clip(2)) * 9 / 10);
  expect_failed_clip(clip(2), "cut off");
}

TEST_F(BadInput, clip_without_samples_and_a_much_too_short_one) {
  std::string bytes = text_of(clip(5)).substr(0, 44);
  std::memset(bytes.data() + 40, 0, 4);
  write_text(clip(5), bytes);
  expect_failed_clip(clip(5), "no samples");
  // A header that promises half a second of stereo sound at 44.1 kHz, and just that.
  const std::uint32_t size = 44100 / 2 * 4;
  bytes = text_of(clip(6)).substr(0, 44 + size);
  std::memcpy(bytes.data() + 40, &size, 4);
  write_text(clip(5), bytes);
  expect_failed_clip(clip(5), "much too short");
}

TEST_F(BadInput, sound_that_is_far_too_loud_fails_its_clip_alone) {
  std::string bytes = text_of(clip(5));
  // The same header for 32-bit float samples, all of them 1e30.
  const std::uint16_t format = 3;
  const std::uint16_t bits = 32;
  const std::uint16_t frame_bytes = 8;
  const std::uint32_t second_bytes = 44100 * 8;
  std::memcpy(bytes.data() + 20, &format, 2);
  std::memcpy(bytes.data() + 28, &second_bytes, 4);
  std::memcpy(bytes.data() + 32, &frame_bytes, 2);
  std::memcpy(bytes.data() + 34, &bits, 2);
  const float loud = 1e30F;
  for (std::size_t i = 44; i + 4 <= bytes.size(); i += 4) std::memcpy(bytes.data() + i, &loud, 4);
  const std::uint32_t size = 44100 * 5 * 8;
  while (bytes.size() < 44 + size)
    bytes += bytes.substr(44, std::min<std::size_t>(44100, 44 + size - bytes.size()));
  std::memcpy(bytes.data() + 40, &size, 4);
  write_text(clip(5), bytes);
  expect_failed_clip(clip(5), "far too loud");
}

TEST_F(BadInput, labels_that_are_no_utf8_name_the_line) {
  write_text(labels(), text_of(labels()) + "caf\xe9.wav,0.5\n");
  expect_refused({":14", "UTF-8"});
}

TEST_F(BadInput, failed_clip_is_left_out_of_every_feature_set) {
  write_text(clip(1), "no sound");

  const ProgramResult result = run_study(
      {"augment.pitch_semitones=[]",
       "models=[{name: svr}, {name: svr, label: classic, features: classic}, {name: ssast, size: nano, "
       "input: segment, epochs: 1}]"});

  EXPECT_EQ(result.exit_code, 3) << result.errors;
  EXPECT_THAT(result.errors, AllOf(HasSubstr(clip(1).filename().string()), HasSubstr("not audio")));
  for (const char* model : {"svr", "classic", "ssast"})
    EXPECT_EQ(summary_cell(directory_ / "run", model, "vanilla", "fits"), "3") << model;
  EXPECT_THAT(text_of(directory_ / "run/report/report.tex"), HasSubstr("11 of 12 tracks"));
  EXPECT_EQ(run_study({"models=[{name: svr}, {name: ssast, size: nano}]", "augment.pitch_semitones=[]",
                       "--dry-run"})
                .exit_code,
            0);
}

TEST_F(BadInput, failed_clip_is_done_once_it_is_mended) {
  const std::string good = text_of(clip(1));
  write_text(clip(1), "no sound");
  ASSERT_EQ(run_study(quick_models).exit_code, 3);
  write_text(clip(1), good);

  const ProgramResult result = run_study(quick_models);

  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(text_of(directory_ / "run/report/report.md"), ::testing::Not(HasSubstr("Failed")));
}

TEST_F(BadInput, configuration_errors_name_file_line_and_nearest_key) {
  const fs::path experiment = directory_ / "study/experiment.yaml";
  const std::string good = text_of(experiment);
  write_text(experiment, good + "cross_validaton: {folds: 3}\n");
  expect_refused({"experiment.yaml:10", "cross_validaton", "'cross_validation'"}, {});
  write_text(experiment, good + "runtime:\n\tkeep_going: true\n");
  expect_refused({"experiment.yaml:11", "YAML"}, {});
  write_text(experiment, good);
  expect_refused({"cross_validation.fold", "'folds'"}, {"cross_validation.fold=2"}, 2);
}

TEST_F(BadInput, impossible_numbers_of_folds) {
  expect_refused({"folds", "12"}, {"cross_validation.folds=13"});
  expect_refused({"cross_validation.folds", "from 2"}, {"cross_validation.folds=1"});
}

TEST_F(BadInput, store_or_run_directory_that_cannot_be_written) {
  write_text(directory_ / "file", "");
  expect_refused({"file", "director"}, {"models=[{name: mean}]", "features.store=file/store"});
  const ProgramResult result =
      run(program({"run", "study/experiment.yaml", "--run-dir", "file/run"}), directory_);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("file/run"));
}

TEST_F(BadInput, run_directory_of_another_study) {
  ASSERT_EQ(run_study(quick_models).exit_code, 0);
  Words other = quick_models;
  other.emplace_back("name=other");
  expect_refused({"another study", "small", "--run-dir"}, other);
}

TEST_F(BadInput, full_disk_loses_nothing_that_is_done) {
  const fs::path disk = directory_ / "disk";
  fs::create_directories(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=400k") != 0) {
    GTEST_SKIP() << "a small file system cannot be mounted here (needs root)";
  }
  Words overrides = quick_models;
  overrides.emplace_back("features.store=disk");
  const ProgramResult full = run_study(overrides);
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_THAT(full.errors,
              AllOf(HasSubstr("No space left on device"), HasSubstr("run the same command again")));
  const int done = count_in_logs(directory_ / "run", " done prepare ");
  ASSERT_EQ(::mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, "size=40m"), 0);

  const ProgramResult result = run_study(overrides);

  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_GT(done, 0);
  EXPECT_EQ(count_in_logs(directory_ / "run", " done prepare "), clips);
  ::umount2(disk.c_str(), MNT_DETACH);
}

TEST_F(BadInput, usage_errors_exit_2_with_one_line) {
  for (const Words& arguments : {Words{"rnu", "x.yaml"}, Words{"run"}, Words{"run", "x.yaml", "--frsh"},
                                 Words{"settings", "fold"}, Words{}}) {
    const ProgramResult result = run(program(arguments), directory_);
    EXPECT_EQ(result.exit_code, 2) << result.errors;
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
  }
  EXPECT_THAT(run(program({"rnu"}), directory_).errors, HasSubstr("'run'"));
  EXPECT_THAT(run(program({"settings", "fold"}), directory_).errors, HasSubstr("'folds'"));
}

}  // namespace
}  // namespace musicmem::testing_support
