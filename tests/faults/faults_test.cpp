// SPDX-License-Identifier: GPL-3.0-or-later
// A call that fails on its way to the disk is told, or nothing is lost by it: whatever failed, the next start
// ends with the folds and the report of an undisturbed one, and a start that ends well has right results.
//
// MUSICMEM_FAULTS_STAGE   the one stage whose calls fail (all unless set, but ssast: train of that model)
//
// MUSICMEM_FAULTS_SAMPLE  how many calls of each kind a stage (1 unless set), spread evenly; 0: all, with every
// error, first each call with one of them
//
// MUSICMEM_FAULTS_ROUNDS  rounds of random failures (10 unless set)
#include "data/demo/study.h"
#include "tests/faults/faulty_start.h"
#include "tests/integration/study_fixture.h"
#include "tests/own_path.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;

constexpr std::array<int, 4> errors = {EIO, ENOSPC, EDQUOT, ESTALE};

std::string from_environment(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

// A command whose calls fail, the state that it starts from, and the command that comes after it.
struct Stage {
  std::string name;
  std::string start;  // name of a snapshot
  Words command;
  Words healing;
  bool with_figures = false;
};

const Words prepare = {"prepare", "study/experiment.yaml", "--run-dir", "run"};
const Words train = {"train", "study/experiment.yaml", "--run-dir", "run"};
const Words all = {"run", "study/experiment.yaml", "--run-dir", "run"};
const Words report = {"report", "run"};

enum Verdict { said, harmless, wrong, verdicts };

// How many faults ended how.
struct Counts {
  std::array<int, verdicts> of{};

  int sum() const { return of[said] + of[harmless] + of[wrong]; }
  std::string text() const {
    return "faults " + std::to_string(sum()) + ": " + std::to_string(of[said]) + " said, " +
           std::to_string(of[harmless]) + " harmless, " + std::to_string(of[wrong]) + " wrong";
  }
};

// Lines that tell of a problem.
std::multiset<std::string> complaints(const std::string& text) {
  std::multiset<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    for (const char* word : {"error: ", "warning: ", " failed:"}) {
      if (line.find(word) != std::string::npos) lines.insert(line);
    }
  }
  return lines;
}

// `text` with the name of each error that is tried as that of the first: the start after it reads no such words.
std::string without_errors(std::string text) {
  const std::string first = std::strerror(errors.front());
  for (const int error : errors) {
    const std::string name = std::strerror(error);
    for (std::size_t at = 0; name != first && (at = text.find(name, at)) != std::string::npos;)
      text.replace(at, name.size(), first);
  }
  return text;
}

// `text` with each number as one 0.
std::string without_numbers(const std::string& text) {
  std::string plain;
  for (const char c : text) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit || !plain.ends_with('0')) plain += is_digit ? '0' : c;
  }
  return plain;
}

// Two folds of four clips, with every kind of file that a study writes; with the transformer in place of the
// other models, as it has files of its own.
std::string experiment(bool ssast) {
  return std::string(
             "name: faults\n"
             "data: {labels: data/labels/track_memorability_scores_beta.csv, audio: "
             "data/raw_audios/original}\n"
             "augment: {pitch_semitones: [2]}\n"
             "cross_validation: {folds: 2, seeds: [5]}\n"
             "models:\n") +
         (ssast ? "  - {name: ssast, size: nano, input: segment, batch: 16, learning_rate: 1e-3, epochs: 2}\n"
                : "  - {name: mean}\n"
                  "  - {name: svr, variants: [augmented]}\n"
                  "  - {name: mlp, variants: [vanilla], hidden: [4], max_epochs: 2}\n");
}

class Faults : public testing::Test {
 protected:
  static void TearDownTestSuite() {
    if (!testing::UnitTest::GetInstance()->current_test_suite()->Failed()) fs::remove_all(base_);
    base_.clear();
  }

  fs::path run_path() const { return directory_ / "run"; }
  // Without those set aside: fits that were made while a clip failed are made anew where it is there again.
  std::map<std::string, std::string> fits() const {
    std::map<std::string, std::string> files = contents_of(run_path() / "folds");
    std::erase_if(files, [](const auto& file) { return file.first.starts_with(".stale/"); });
    return files;
  }
  fs::path store_path() const { return directory_ / "study/data/features"; }

  // Makes the study and, undisturbed, its results and the states between the stages; once for all tests.
  void begin_study(bool ssast) {
    if (!base_.empty()) return;
    base_ = own_path();
    directory_ = base_ / "work";
    data::make_demo_study({directory_ / "study", 4, 11});
    write_text(directory_ / "study/experiment.yaml", experiment(ssast));
    clip_ = fs::path("study/data/raw_audios/original") / data::demo_track(11, 0);
    for (const auto& [command, snapshot] :
         {std::pair{Words(), "nothing"}, {prepare, "prepared"}, {all, "done"}}) {
      const bool makes_nothing = command.empty();
      ASSERT_TRUE(makes_nothing || start_with({}, command, directory_).result.exit_code == 0);
      keep(snapshot);
    }
    folds_ = fits();
    report_ = contents_of(run_path() / "report");
    ASSERT_FALSE(folds_.empty() || report_.empty());
  }

  void keep(const std::string& snapshot) {
    for (const auto& [path, name] : {std::pair{run_path(), "run"}, {store_path(), "store"}}) {
      fs::create_directories(base_ / snapshot);
      if (fs::exists(path)) fs::copy(path, base_ / snapshot / name, fs::copy_options::recursive);
    }
  }

  void go_back_to(const std::string& snapshot) {
    for (const auto& [path, name] : {std::pair{run_path(), "run"}, {store_path(), "store"}}) {
      fs::remove_all(path);
      const fs::path kept = base_ / snapshot / name;
      if (fs::exists(kept)) fs::copy(kept, path, fs::copy_options::recursive);
    }
    fs::remove_all(directory_ / "tmp");
  }

  const std::map<std::string, std::string>& report_of(const Stage& stage) const {
    return stage.with_figures ? report_with_figures_ : report_;
  }

  // What is wrong with the results that a start left; empty where nothing is. `output`: of predict.
  std::string fault_of_results(const Stage& stage, const ProgramResult& result) const {
    if (stage.name == "predict") return result.output == undisturbed_.output ? "" : "other predictions";
    if (stage.name != "prepare" && fits() != folds_) return "other folds";
    const bool reports = stage.name == "report" || stage.name == "figures" || stage.name == "run";
    // A report is worth having without its figures, and says that it has none: then it is the one of a
    // machine without gnuplot.
    const bool has_figures = result.errors.find("the report has no figures: ") == std::string::npos;
    const auto& expected = has_figures ? report_of(stage) : report_;
    if (reports && contents_of(run_path() / "report") != expected) return "another report";
    return "";
  }

  // The same of the undisturbed start after it.
  std::string fault_of_healing(const Stage& stage) {
    const ProgramResult healed = start_with({}, stage.healing, directory_, stage.with_figures).result;
    if (healed.exit_code != 0) return "exit " + std::to_string(healed.exit_code) + ": " + healed.errors;
    if (stage.name == "predict") return fault_of_results(stage, healed);
    if (fits() != folds_) return "other folds";
    if (contents_of(run_path() / "report") != report_of(stage)) return "another report";
    for (const fs::path& path : {run_path(), store_path()}) {
      for (const auto& entry : fs::recursive_directory_iterator(path)) {
        if (entry.path().string().find(".tmp.") != std::string::npos)
          return "left over: " + entry.path().string();
      }
    }
    return "";
  }

  // The files that a start left, with times, process numbers and errors' names taken out of those that hold them.
  std::string state() const {
    std::map<std::string, std::string> files;
    for (const fs::path& root : {run_path(), store_path()}) {
      if (!fs::exists(root)) continue;
      for (const auto& entry : fs::recursive_directory_iterator(root)) {
        const std::string path = fs::relative(entry.path(), directory_).string();
        std::string& kept = files[without_numbers(path)];
        if (!entry.is_regular_file()) continue;
        const bool has_times = path.find("/logs/") != std::string::npos || path.ends_with("manifest.json");
        if (path.find("/tensorboard/") != std::string::npos) {
          kept += std::to_string(entry.file_size());
          continue;
        }
        const std::string text = without_errors(text_of(entry.path()));
        kept += has_times ? without_numbers(text) : text;
      }
    }
    std::string text;
    for (const auto& [path, content] : files) text += path + '\0' + content + '\0';
    return text;
  }

  // fault_of_healing(), looked up where the same state was healed before.
  std::string fault_after(const Stage& stage) {
    const std::string key = stage.name + '\0' + state();
    const auto known = healed_.find(key);
    if (known != healed_.end()) return known->second;
    ++healings_;
    return healed_[key] = fault_of_healing(stage);
  }

  // One start with a fault and one without; prints what is wrong, and with
  // MUSICMEM_FAULTS_VERBOSE everything.
  void disturb(const Stage& stage, const Fault& fault, int ranks = 0) {
    go_back_to(stage.start);
    const FaultyStart start = start_with(fault, stage.command, directory_, stage.with_figures, ranks);
    const ProgramResult& result = start.result;
    std::string said_so;
    for (const std::string& line : complaints(result.errors)) {
      if (!usual_.contains(line)) said_so += "\n  " + line;
    }
    Verdict verdict = said_so.empty() ? harmless : said;
    std::string problem;
    if (result.exit_code > 75) problem = "it was ended: " + std::to_string(result.exit_code);
    if (problem.empty() && result.exit_code != 0 && said_so.empty()) problem = "it failed without a word";
    if (problem.empty() && result.exit_code == 0) problem = fault_of_results(stage, result);
    if (!problem.empty()) problem += ", exit " + std::to_string(result.exit_code);
    if (problem.empty()) {
      problem = fault_after(stage);
      if (!problem.empty()) problem = "afterwards " + problem;
    }
    if (!problem.empty()) verdict = wrong;
    ++counts_.of[verdict];
    ++by_kind_[fault.sort()].of[verdict];
    const std::string what = stage.name + ": " + fault.text() + ", " + start.record.last;
    EXPECT_EQ(problem, "") << what << "\nexit " << result.exit_code << said_so;
    if (std::getenv("MUSICMEM_FAULTS_VERBOSE") != nullptr)
      std::cout << what << ", exit " << result.exit_code << said_so << std::endl;
  }

  // What the stage's command prints and which calls it makes where nothing fails.
  FaultRecord look_at(const Stage& stage) {
    go_back_to(stage.start);
    const FaultyStart start = start_with({}, stage.command, directory_, stage.with_figures);
    EXPECT_EQ(start.result.exit_code, 0) << start.result.errors;
    EXPECT_GT(std::accumulate(std::begin(start.record.calls), std::end(start.record.calls), 0UL), 0UL);
    undisturbed_ = start.result;
    usual_ = complaints(start.result.errors);
    if (stage.with_figures) report_with_figures_ = contents_of(run_path() / "report");
    return start.record;
  }

  std::vector<Stage> stages() const {
    const Words predict = {"predict", "--run", "run", "--model", "svr", clip_.string()};
    return {{"prepare", "nothing", prepare, all},  {"train", "prepared", train, all},
            {"report", "done", report, report},    {"figures", "done", report, report, true},
            {"predict", "done", predict, predict}, {"ssast", "prepared", train, all}};
  }

  void print_counts() const {
    for (const auto& [kind, counts] : by_kind_) std::cout << kind << ": " << counts.text() << "\n";
    std::cout << counts_.text() << "; states healed: " << healings_ << std::endl;
  }

  inline static fs::path base_;
  inline static fs::path directory_;  // everything that the program reads and writes
  inline static fs::path clip_;
  inline static std::map<std::string, std::string> folds_;
  inline static std::map<std::string, std::string> report_;
  std::map<std::string, std::string> report_with_figures_;
  ProgramResult undisturbed_;
  std::multiset<std::string> usual_;  // complaints of an undisturbed start
  Counts counts_;
  std::map<std::string, Counts> by_kind_;
  std::map<std::string, std::string> healed_;  // stage and state to what was wrong afterwards
  int healings_ = 0;
};

// Every call of every kind, in four rounds with another error each; or so many calls of each kind, evenly
// spread, with the errors in turn.
std::vector<Fault> faults_of(const FaultRecord& record, unsigned long sample) {
  std::vector<Fault> faults;
  for (std::size_t round = 0; round < (sample == 0 ? errors.size() : 1); ++round) {
    std::size_t error = round;
    for (int kind = 0; kind < fault_kinds; ++kind) {
      const unsigned long calls = record.calls[kind];
      const unsigned long taken = sample == 0 ? calls : std::min(sample, calls);
      for (unsigned long i = 0; i < taken; ++i) {
        const unsigned long call = (2 * i + 1) * calls / (2 * taken) + 1;
        faults.push_back({static_cast<FaultKind>(kind), call, errors[error++ % errors.size()]});
      }
    }
  }
  return faults;
}

TEST_F(Faults, one_failing_call_is_said_or_nothing_is_lost) {
  const std::string only = from_environment("MUSICMEM_FAULTS_STAGE", "");
  const unsigned long sample = std::stoul(from_environment("MUSICMEM_FAULTS_SAMPLE", "1"));
  begin_study(/*ssast=*/only == "ssast");
  for (const Stage& stage : stages()) {
    if (only.empty() ? stage.name == "ssast" : stage.name != only) continue;
    const FaultRecord record = look_at(stage);

    // gnuplot makes thousands of calls of one sort, and takes long.
    const unsigned long part = stage.with_figures && sample == 0 ? 20 : sample;
    for (const Fault& fault : faults_of(record, part)) {
      disturb(stage, fault);
      if (counts_.sum() % 100 == 0) print_counts();
    }
  }
  print_counts();
}

// From 0.1 to 2 % of all calls, in equal ratios.
TEST_F(Faults, random_failing_calls_are_said_or_nothing_is_lost) {
  const int rounds = std::stoi(from_environment("MUSICMEM_FAULTS_ROUNDS", "10"));
  begin_study(/*ssast=*/false);
  const Stage stage{"run", "nothing", all, all};
  look_at(stage);
  for (int round = 0; round < rounds; ++round) {
    Fault fault;
    fault.chance = 0.001 * std::pow(20.0, round / std::max(1.0, rounds - 1.0));
    fault.seed = static_cast<std::uint64_t>(round + 1);

    disturb(stage, fault, round % 8 == 7 ? 2 : 0);
  }
  print_counts();
}

// The first reads are those of the header, from which all others follow.
TEST_F(Faults, a_failing_read_of_a_clip_gives_no_other_features) {
  begin_study(/*ssast=*/false);
  const fs::path features = directory_ / "features.csv";
  const Words command = {"features", clip_.string(), "--set", "fbank", "--output", features.string()};
  const FaultyStart whole = start_with({}, command, directory_);
  ASSERT_EQ(whole.result.exit_code, 0) << whole.result.errors;
  const std::string expected = text_of(features);
  for (unsigned long call = 1; call <= 24; ++call) {
    fs::remove(features);

    const FaultyStart start = start_with(Fault{fault_read, call, EIO}, command, directory_);

    EXPECT_TRUE(start.result.exit_code != 0 || text_of(features) == expected) << start.record.last;
  }
}

TEST_F(Faults, files_for_people_on_a_full_disk_spoil_nothing) {
  begin_study(/*ssast=*/false);
  go_back_to("prepared");
  for (const char* name : {"rank-0000.log", "timings.jsonl", "trace-rank-0000.json"}) {
    fs::remove(run_path() / "logs" / name);
    fs::create_symlink("/dev/full", run_path() / "logs" / name);
  }
  write_text(run_path() / "tensorboard", "a file where the event files should be");
  Words words = all;
  words.emplace_back("runtime.trace=true");

  const ProgramResult result = start_with({}, words, directory_).result;

  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(fits(), folds_);
  EXPECT_EQ(contents_of(run_path() / "report"), report_);
  for (const char* name : {"rank-0000.log", "timings.jsonl", "trace-rank-0000.json", "tensorboard"}) {
    int warnings = 0;
    for (const std::string& line : complaints(result.errors)) {
      if (line.find(name) != std::string::npos) ++warnings;
    }
    EXPECT_EQ(warnings, 1) << name << "\n" << result.errors;
  }
}

TEST_F(Faults, a_standard_output_that_takes_nothing_is_an_error) {
  begin_study(/*ssast=*/false);
  const std::string clip = clip_.string();
  const std::vector<Words> commands = {{"--help"},
                                       {"--version"},
                                       {"predict", "--help"},
                                       {"run", "study/experiment.yaml", "--run-dir", "run"},
                                       {"run", "study/experiment.yaml", "--run-dir", "run", "--dry-run"},
                                       {"report", "run"},
                                       {"status", "run"},
                                       {"status", "run", "--json"},
                                       {"validate", "study/experiment.yaml"},
                                       {"explain", "run", "--model", "svr"},
                                       {"predict", "--run", "run", "--model", "svr", clip},
                                       {"predict", "--run", "run", "--model", "svr", "--json", clip},
                                       {"features", clip, "--set", "ehc"},
                                       {"inspect", "run"},
                                       {"demo-data", "demo", "--clips", "2"}};
  for (const Words& command : commands) {
    Words words = {"/bin/sh", "-c", "exec \"$0\" \"$@\" > /dev/full"};
    const Words whole = program(command);
    words.insert(words.end(), whole.begin(), whole.end());

    const ProgramResult result = testing_support::run(words, directory_);

    EXPECT_EQ(result.exit_code, 1) << ::testing::PrintToString(command);
    EXPECT_NE(result.errors.find("musicmem: error: standard output cannot be written"), std::string::npos)
        << ::testing::PrintToString(command) << "\n"
        << result.errors;
  }
}

}  // namespace
}  // namespace musicmem::testing_support
