// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever is killed or stopped whenever: the same command goes on, and the report
// is that of an undisturbed run.
//
// Rounds: MUSICMEM_CHAOS_ROUNDS (5 unless set); the seed of their moments: MUSICMEM_CHAOS_SEED.
#include "data/files/csv.h"
#include "data/labels.h"
#include "tests/integration/npy_bytes.h"
#include "tests/integration/study_fixture.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <sys/mount.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;

unsigned from_environment(const char* name, unsigned otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(value, nullptr, 10));
}

class Chaos : public SmallStudy {
 protected:
  static constexpr int ranks = 2;

  void SetUp() override {
    SmallStudy::SetUp();
    write_study();
    const ProgramResult undisturbed = run_study({}, ranks, "undisturbed");
    ASSERT_EQ(undisturbed.exit_code, 0) << undisturbed.errors;
    tasks_ = count_in_logs(directory_ / "undisturbed", " begin ");
    folds_ = contents_of(directory_ / "undisturbed/folds");
    report_ = contents_of(directory_ / "undisturbed/report");
    start_over();
  }

  // Another study in the small one's place.
  virtual void write_study() {}

  virtual void start_over() {
    fs::remove_all(directory_ / "study/data/features");
    fs::remove_all(run_path());
  }

  fs::path run_path() const { return directory_ / "run"; }

  std::multiset<std::string> tasks_begun() const { return tasks_after(" begin ", /*has_time=*/false); }
  std::multiset<std::string> tasks_done() const { return tasks_after(" done ", /*has_time=*/true); }

  // Tasks that the logs name after `word`; `has_time`: and then their seconds.
  std::multiset<std::string> tasks_after(const std::string& word, bool has_time) const {
    std::multiset<std::string> found;
    for (const std::string& line : log_lines(run_path(), word)) {
      const std::size_t start = line.find(word) + word.size();
      found.insert(line.substr(start, has_time ? line.rfind(", ") - start : std::string::npos));
    }
    return found;
  }

  void expect_undisturbed_results(const std::string& what) {
    EXPECT_TRUE(contents_of(run_path() / "folds") == folds_) << what;
    EXPECT_TRUE(contents_of(run_path() / "report") == report_) << what;
    for (const auto& [name, bytes] : contents_of(directory_))
      EXPECT_EQ(name.find(".tmp."), std::string::npos) << what << ": " << name;
  }

  int tasks_ = 0;  // of the whole study
  std::map<std::string, std::string> folds_;
  std::map<std::string, std::string> report_;
};

// One round: kills at random moments, each followed at once by a new start, until the study is done.
struct Round {
  int kills = 0;
  int interrupted = 0;     // tasks that a kill hit
  int kept = 0;            // tasks that were done before a kill
  int computed_again = 0;  // of those
  std::string log;
};

class ChaosRounds : public Chaos {
 protected:
  // Kills one rank or mpirun, and waits until mpirun is gone.
  std::string kill_something(BackgroundProgram& job) {
    const std::vector<pid_t> victims = job.ranks();
    const auto choice = std::uniform_int_distribution<std::size_t>(0, victims.size())(random_);
    if (choice == victims.size()) {
      ::kill(job.pid(), SIGKILL);
      job.wait();
      return "mpirun";
    }
    ::kill(victims[choice], SIGKILL);
    job.wait();
    return "rank " + std::to_string(choice);
  }

  // False where the study was done before.
  bool one_kill(Round& round, int moment) {
    BackgroundProgram job(study_command({}, ranks, "run"), directory_, directory_ / "job.log");
    if (!wait_for([&] { return !job.is_running() || count_in_logs(run_path(), " begin ") >= moment; }, 120))
      return false;
    const auto delay = std::chrono::microseconds(std::uniform_int_distribution<int>(0, 30000)(random_));
    std::this_thread::sleep_for(delay);
    if (!job.is_running()) return false;
    const auto begun = tasks_begun();
    const std::string victim = kill_something(job);
    const auto done = tasks_done();
    ++round.kills;
    round.log += " " + victim + " at start of task " + std::to_string(begun.size()) + " (";
    for (const std::string& task : std::set<std::string>(begun.begin(), begun.end())) {
      if (done.contains(task)) continue;
      ++round.interrupted;
      round.log += task + ", ";
    }
    round.log += std::to_string(done.size()) + " done)";
    snapshots_.push_back(done);
    begun_then_.push_back(tasks_begun());
    return true;
  }

  // Kills early, where tasks are long, until one is hit; a kill between two tasks hits none. False where the study was done
  // before.
  bool hit_a_task(Round& round) {
    start_over();
    snapshots_.clear();
    begun_then_.clear();
    round = {};
    int moment = std::uniform_int_distribution<int>(ranks + 1, clips - 2)(random_);  // so that one is done
    while (one_kill(round, moment)) {
      if (round.interrupted > 0) return true;
      moment = count_in_logs(run_path(), " begin ") + 1;
    }
    return false;
  }

  Round one_round() {
    Round round;
    bool hit = false;
    for (int attempt = 0; attempt < 20 && !hit; ++attempt) hit = hit_a_task(round);
    // Then anywhere.
    const int moment = count_in_logs(run_path(), " begin ") + 1;
    one_kill(round, std::uniform_int_distribution<int>(std::min(moment, tasks_), tasks_)(random_));
    const ProgramResult last = run_study({}, ranks);
    EXPECT_EQ(last.exit_code, 0) << last.errors;
    judge(round);
    return round;
  }

  // A task that was done when a start was killed must not have begun in a later one.
  void judge(Round& round) {
    const auto begun_in_all = tasks_begun();
    for (std::size_t i = 0; i < snapshots_.size(); ++i) {
      const std::set<std::string> done(snapshots_[i].begin(), snapshots_[i].end());
      for (const std::string& task : done) {
        ++round.kept;
        if (begun_in_all.count(task) > begun_then_[i].count(task)) ++round.computed_again;
      }
    }
  }

  void survive_rounds(unsigned usual_rounds = 5) {
    const unsigned rounds = from_environment("MUSICMEM_CHAOS_ROUNDS", usual_rounds);
    const unsigned seed = from_environment("MUSICMEM_CHAOS_SEED", std::random_device()());
    std::cout << "MUSICMEM_CHAOS_SEED=" << seed << std::endl;
    random_.seed(seed);
    int kills = 0;
    for (unsigned i = 1; i <= rounds; ++i) {
      const Round round = one_round();

      std::cout << "round " << i << ": " << round.kills << " kill(s):" << round.log << "; " << round.kept
                << " finished task(s) kept, " << round.computed_again << " computed again" << std::endl;
      expect_undisturbed_results("round " + std::to_string(i));
      EXPECT_GE(round.interrupted, 1) << "no kill hit a task";
      EXPECT_GE(round.kept, 1) << "nothing was done before a kill";
      EXPECT_EQ(round.computed_again, 0);
      kills += round.kills;
    }
    std::cout << rounds << " rounds, " << kills << " kills" << std::endl;
  }

  std::mt19937 random_;
  std::vector<std::multiset<std::string>> snapshots_;   // tasks done, after each kill
  std::vector<std::multiset<std::string>> begun_then_;  // tasks begun, after each kill
};

TEST_F(ChaosRounds, report_survives_kills_of_random_ranks_at_random_moments) {
  survive_rounds();
}

// Groups in repeated folds, arrays from files, an encoder, components, parts of features.
class ChaosRoundsOfSets : public ChaosRounds {
 protected:
  void write_study() override {
    std::string text = "track,score,group\n";
    const std::vector<data::Label> known = data::read_labels(labels()).labels;
    for (std::size_t i = 0; i < known.size(); ++i) {
      const double score = known[i].score;
      text += known[i].track + "," + data::format_number(score) + ",artist" + std::to_string(i % 6) + "\n";
      const auto noise = static_cast<double>(i * i % 7);
      write_text(directory_ / "study/arrays" / (fs::path(known[i].track).stem().string() + ".npy"),
                 npy_bytes({score + 0.1 * noise, noise, 1.0 - score, static_cast<double>(i % 3)}, "2, 2"));
    }
    write_text(directory_ / "study/grouped.csv", text);
    write_text(directory_ / "study/experiment.yaml",
               "name: small\n"
               "data: {labels: grouped.csv, audio: data/raw_audios/original}\n"
               "augment: {pitch_semitones: [2]}\n"
               "cross_validation: {folds: 3, seeds: [5], repeats: 2}\n"
               "features:\n"
               "  sets:\n"
               "    own: {source: arrays, pool: mean_std}\n"
               "    net: {encoder: " MUSICMEM_ENCODER
               ", layer: [-1, -2]}\n"
               "models:\n"
               "  - {name: mean}\n"
               "  - {name: ridge, features: net, variants: [vanilla, augmented], ablate: [without]}\n"
               "  - {name: svr, features: [ehc, own], pca: 4}\n"
               "  - {name: ridge, label: part, features: own, pca: 0.9}\n");
  }
};

TEST_F(ChaosRoundsOfSets, report_survives_kills_too) {
  survive_rounds();
}

// Settings that are searched for; the features stay, so that a kill hits the search and what follows it.
class ChaosRoundsOfSearches : public ChaosRounds {
 protected:
  void write_study() override {
    write_text(
        directory_ / "study/experiment.yaml",
        "name: small\n"
        "data: {labels: " +
            labels().string() +
            ", audio: data/raw_audios/original}\n"
            "cross_validation: {folds: 3, seeds: [5]}\n"
            "models:\n"
            "  - {name: mean}\n"
            "  - {name: svr, search: {C: [0.1, 1, 10], gamma: [scale, 0.01], inner_folds: 3}}\n"
            "  - {name: ridge, controls: [shuffled], search: {alpha: {log: [0.1, 1000]}, draws: 4, inner_folds: 2}}\n"
            "  - {name: mlp, max_epochs: 3, search: {dropout: [0.2, 0.5], inner_folds: 2, metric: spearman}}\n");
  }

  void start_over() override { fs::remove_all(run_path()); }
};

TEST_F(ChaosRoundsOfSearches, report_survives_kills_too) {
  survive_rounds(3);
}

TEST_F(Chaos, a_rank_that_stands_still_for_a_while_is_missed_and_waited_for) {
  BackgroundProgram job(study_command({"runtime.stall_warning=1"}, ranks, "run"), directory_,
                        directory_ / "job.log");
  ASSERT_TRUE(wait_for([&] { return count_in_logs(run_path(), " done prepare ") >= 2; }, 120));
  const pid_t rank = job.ranks().back();

  ::kill(rank, SIGSTOP);
  EXPECT_TRUE(wait_for([&] { return count_in_logs(run_path(), "no sign of life for") >= 1; }, 30));
  ::kill(rank, SIGCONT);

  EXPECT_EQ(job.wait(), 0);
  EXPECT_THAT(text_of(directory_ / "job.log"), HasSubstr("from rank "));
  expect_undisturbed_results("stopped and continued");
}

TEST_F(Chaos, a_rank_that_never_moves_again_ends_the_job_with_75) {
  BackgroundProgram job(study_command({"runtime.stall_warning=1", "runtime.stall_abort=2"}, ranks, "run"),
                        directory_, directory_ / "job.log");
  ASSERT_TRUE(wait_for([&] { return count_in_logs(run_path(), " done prepare ") >= 2; }, 120));

  ::kill(job.ranks().back(), SIGSTOP);

  EXPECT_EQ(job.wait(), 75);
  EXPECT_EQ(run_study({}, ranks).exit_code, 0);
  expect_undisturbed_results("stopped for good");
}

TEST_F(Chaos, ctrl_c_under_mpirun_loses_nothing_that_is_done) {
  BackgroundProgram job(study_command({}, ranks, "run"), directory_, directory_ / "job.log");
  ASSERT_TRUE(wait_for([&] { return count_in_logs(run_path(), " done prepare ") >= 3; }, 120));

  job.send(SIGINT);

  EXPECT_NE(job.wait(), 0);
  const auto done = tasks_done();
  EXPECT_EQ(run_study({}, ranks).exit_code, 0);
  for (const std::string& task : done) EXPECT_EQ(tasks_done().count(task), 1) << task;
  expect_undisturbed_results("Ctrl-C");
}

TEST_F(Chaos, usr1_to_mpirun_stops_at_a_safe_point_with_75) {
  BackgroundProgram job(study_command({}, ranks, "run"), directory_, directory_ / "job.log");
  ASSERT_TRUE(wait_for([&] { return count_in_logs(run_path(), " done prepare ") >= 3; }, 120));

  job.send(SIGUSR1);

  EXPECT_EQ(job.wait(), 75);
  EXPECT_EQ(tasks_begun(), tasks_done()) << "a task was cut off";
  EXPECT_EQ(run_study({}, ranks).exit_code, 0);
  expect_undisturbed_results("USR1");
}

// Holds a directory on a file system of its own while it lives.
class Mounted {
 public:
  Mounted(fs::path directory, const std::string& options) : directory_(std::move(directory)) {
    fs::create_directories(directory_);
    mounted_ = ::mount("tmpfs", directory_.c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  ~Mounted() {
    if (mounted_) ::umount2(directory_.c_str(), MNT_DETACH);
  }
  Mounted(const Mounted&) = delete;
  Mounted& operator=(const Mounted&) = delete;
  explicit operator bool() const { return mounted_; }
  bool make(unsigned long flags, const std::string& options = "") {
    return ::mount("tmpfs", directory_.c_str(), "tmpfs", MS_REMOUNT | flags, options.c_str()) == 0;
  }

 private:
  fs::path directory_;
  bool mounted_ = false;
};

TEST_F(Chaos, a_store_that_turns_read_only_stops_prepare_and_serves_train) {
  Mounted store(directory_ / "study/data/features", "size=50m");
  if (!store) GTEST_SKIP() << "mounting a file system needs root";
  ASSERT_TRUE(store.make(MS_RDONLY));

  const ProgramResult refused = run_study({}, ranks);

  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors, AnyOf(HasSubstr("Read-only file system"), HasSubstr("read-only")));
  ASSERT_TRUE(store.make(0, "size=50m"));
  ASSERT_EQ(
      run(program({"prepare", "study/experiment.yaml", "--run-dir", "run"}, ranks), directory_).exit_code, 0);
  // Whoever trains first compacts the shards; after that the store is only read.
  ASSERT_EQ(
      run(program({"train", "study/experiment.yaml", "--run-dir", "first"}, ranks), directory_).exit_code, 0);
  ASSERT_TRUE(store.make(MS_RDONLY));
  const ProgramResult trained =
      run(program({"train", "study/experiment.yaml", "--run-dir", "run"}, ranks), directory_);
  EXPECT_EQ(trained.exit_code, 0) << trained.errors;
  EXPECT_TRUE(contents_of(run_path() / "folds") == folds_);
}

TEST_F(Chaos, a_file_system_that_is_slow_changes_nothing) {
  Words command = study_command({}, ranks, "run");
  command.insert(command.begin(), {"env", "LD_PRELOAD=" MUSICMEM_SLOW_FILES});

  const ProgramResult result = run(command, directory_);

  EXPECT_EQ(result.exit_code, 0) << result.errors;
  expect_undisturbed_results("slow files");
}

TEST_F(Chaos, ranks_that_were_started_differently_are_refused_by_name) {
  Words command = program({"train", "study/experiment.yaml", "--run-dir", "run"}, 1);
  const Words second = {":",
                        "-np",
                        "1",
                        MUSICMEM_PROGRAM,
                        "train",
                        "study/experiment.yaml",
                        "--run-dir",
                        "run",
                        "cross_validation.folds=4"};
  command.insert(command.end(), second.begin(), second.end());

  const ProgramResult result = run(command, directory_);

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("the experiment (its checksum) of rank 1"));
}

}  // namespace
}  // namespace musicmem::testing_support
