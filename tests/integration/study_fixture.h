// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/integration/program.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace musicmem::testing_support {

std::string text_of(const std::filesystem::path& file);
void write_text(const std::filesystem::path& file, const std::string& text);

// Every regular file below `directory` by its relative path, with its bytes.
std::map<std::string, std::string> contents_of(const std::filesystem::path& directory);

// How often `text` occurs in the logs of a run.
int count_in_logs(const std::filesystem::path& run, const std::string& text);
// The lines of all the run's logs that contain `text`.
std::vector<std::string> log_lines(const std::filesystem::path& run, const std::string& text);

// One cell of summary.csv, as text.
std::string summary_cell(const std::filesystem::path& run, const std::string& model,
                         const std::string& variant, const std::string& column);

// What makes the small study smaller still: one model that needs no features, no shifted pitches.
inline const Words quick_models = {"models=[{name: mean}]", "augment.pitch_semitones=[]"};

// A small real study in a directory of the test's own: a dozen clips, three folds, one seed.
class SmallStudy : public testing::Test {
 protected:
  static constexpr int clips = 12;

  void SetUp() override;
  void TearDown() override;

  // The program with these arguments in the test's directory.
  ProgramResult musicmem(const Words& arguments, int ranks = 0) const;

  // Runs the study, by default alone in the test's directory with the run directory `run`.
  ProgramResult run_study(const Words& overrides = {}, int ranks = 0, const std::string& run = "run");
  // Puts in place what run_study({}, 2) leaves, which all tests of a process share: each gets a copy.
  void take_finished_study();
  // The command of run_study.
  Words study_command(const Words& overrides, int ranks, const std::string& run) const;

  std::filesystem::path directory_;  // working directory; the study is below study/
  std::filesystem::path labels() const {
    return directory_ / "study/data/labels/track_memorability_scores_beta.csv";
  }
  std::filesystem::path audio() const { return directory_ / "study/data/raw_audios/original"; }
  std::filesystem::path clip(int index) const;  // path of the index-th labelled clip
  std::filesystem::path store() const;          // the one feature store directory
  std::filesystem::path compacted() const;      // its one compacted file
};

}  // namespace musicmem::testing_support
