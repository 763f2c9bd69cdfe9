// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/integration/study_fixture.h"

#include "data/demo/study.h"
#include "data/files/csv.h"
#include "features/store/feature_store.h"
#include "tests/own_path.h"

#include <fstream>
#include <sstream>
#include <utility>

namespace musicmem::testing_support {
namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  EXPECT_TRUE(stream) << file;
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write_text(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

std::map<std::string, std::string> contents_of(const fs::path& directory) {
  std::map<std::string, std::string> contents;
  if (!fs::is_directory(directory)) return contents;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) contents[fs::relative(entry.path(), directory)] = text_of(entry.path());
  }
  return contents;
}

std::vector<std::string> log_lines(const fs::path& run, const std::string& text) {
  std::vector<std::string> lines;
  if (!fs::is_directory(run / "logs")) return lines;
  for (const auto& entry : fs::directory_iterator(run / "logs")) {
    // Other files come and go while the program runs.
    if (!entry.path().filename().string().starts_with("rank-")) continue;
    std::istringstream stream(text_of(entry.path()));
    for (std::string line; std::getline(stream, line);) {
      if (line.find(text) != std::string::npos) lines.push_back(line);
    }
  }
  return lines;
}

int count_in_logs(const fs::path& run, const std::string& text) {
  return static_cast<int>(log_lines(run, text).size());
}

std::string summary_cell(const fs::path& run, const std::string& model, const std::string& variant,
                         const std::string& column) {
  const data::CsvFile csv(run / "report/summary.csv");
  for (std::size_t row = 0; row < csv.rows(); ++row) {
    if (csv.field(row, csv.column("model")) == model && csv.field(row, csv.column("variant")) == variant) {
      return csv.field(row, csv.column(column));
    }
  }
  ADD_FAILURE() << "summary.csv has no row " << model << " " << variant;
  return "";
}

namespace {

// Where a finished study is kept while the process lives.
struct FinishedStudy {
  explicit FinishedStudy(fs::path where) : directory(std::move(where)) {}
  ~FinishedStudy() { fs::remove_all(directory); }
  FinishedStudy(const FinishedStudy&) = delete;
  FinishedStudy& operator=(const FinishedStudy&) = delete;

  const fs::path directory;
};

}  // namespace

void SmallStudy::SetUp() {
  directory_ = own_path();
  fs::create_directories(directory_);
  data::make_demo_study({directory_ / "study", clips, 11});
  write_text(
      directory_ / "study/experiment.yaml",
      "name: small\n"
      "data: {labels: data/labels/track_memorability_scores_beta.csv, audio: data/raw_audios/original}\n"
      "augment: {pitch_semitones: [2]}\n"
      "cross_validation: {folds: 3, seeds: [5]}\n"
      "models:\n"
      "  - {name: mean}\n"
      "  - {name: random}\n"
      "  - {name: svr, variants: [vanilla, augmented], controls: [shuffled]}\n"
      "  - {name: mlp, variants: [vanilla, augmented_lds], max_epochs: 12}\n");
}

void SmallStudy::TearDown() {
  if (!HasFailure()) fs::remove_all(directory_);
}

ProgramResult SmallStudy::musicmem(const Words& arguments, int ranks) const {
  return run(program(arguments, ranks), directory_);
}

void SmallStudy::take_finished_study() {
  static const FinishedStudy finished(own_path().string() + "-finished");
  if (fs::exists(finished.directory)) {
    fs::remove_all(directory_);
    fs::copy(finished.directory, directory_, fs::copy_options::recursive);
    return;
  }
  const ProgramResult result = run_study({}, 2);
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  fs::copy(directory_, finished.directory, fs::copy_options::recursive);
}

Words SmallStudy::study_command(const Words& overrides, int ranks, const std::string& run) const {
  Words arguments = {"run", "study/experiment.yaml", "--run-dir", run};
  arguments.insert(arguments.end(), overrides.begin(), overrides.end());
  return program(arguments, ranks);
}

ProgramResult SmallStudy::run_study(const Words& overrides, int ranks, const std::string& run_directory) {
  return run(study_command(overrides, ranks, run_directory), directory_);
}

fs::path SmallStudy::clip(int index) const {
  return audio() / data::demo_track(11, index);
}

fs::path SmallStudy::store() const {
  for (const auto& entry : fs::directory_iterator(directory_ / "study/data/features")) {
    if (entry.is_directory()) return entry.path();
  }
  ADD_FAILURE() << "there is no feature store";
  return {};
}

fs::path SmallStudy::compacted() const {
  const std::vector<fs::path> files = features::compacted_files(store());
  EXPECT_EQ(files.size(), 1);
  return files.empty() ? fs::path() : files.front();
}

}  // namespace musicmem::testing_support
