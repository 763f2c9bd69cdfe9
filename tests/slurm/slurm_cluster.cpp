// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/slurm/slurm_cluster.h"

#include <sstream>

#include <unistd.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;

Words operator+(Words first, const Words& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

void SlurmCluster::SetUp() {
  const ProgramResult check = run({MUSICMEM_SOURCE "/tests/slurm/cluster", "-", "check"}, "/", 60);
  if (check.exit_code != 0 || !check.output.empty()) GTEST_SKIP() << check.output << check.errors;
  SmallStudy::SetUp();
  cluster_directory_ = "/tmp/mm-slurm-" + std::to_string(::getpid());
  is_up_ = true;
  const ProgramResult up =
      cluster({"up", "--nodes", std::to_string(nodes), "--cpus", "2", "--gpus", "2"}, 120);
  ASSERT_EQ(up.exit_code, 0) << up.output << up.errors;
}

void SlurmCluster::TearDown() {
  if (is_up_) {
    if (HasFailure()) {
      ADD_FAILURE() << "the jobs printed:\n" << job_output();
      ADD_FAILURE() << "the ranks came this far:\n"
                    << run({"sh", "-c", "tail -n 3 run/logs/rank-*.log"}, directory_, 10).output;
      ADD_FAILURE() << "the cluster:\n" << cluster({"show"}, 300).output;
    }
    cluster({"down"}, 60);
  }
  if (!directory_.empty()) SmallStudy::TearDown();
}

ProgramResult SlurmCluster::cluster(Words words, int seconds) const {
  const Words command = {MUSICMEM_SOURCE "/tests/slurm/cluster", cluster_directory_.string()};
  return run(command + words, directory_, seconds);
}

ProgramResult SlurmCluster::on_cluster(const Words& command, const std::string& node, int seconds) const {
  return cluster(Words{"exec", "--node", node} + command, seconds);
}

ProgramResult SlurmCluster::submit(const Words& words) const {
  return on_cluster(
      Words{MUSICMEM_SOURCE "/slurm/submit", "study/experiment.yaml", "--program", MUSICMEM_PROGRAM} + words);
}

std::map<std::string, std::string> SlurmCluster::submitted(const Words& words) const {
  const ProgramResult result = submit(words);
  EXPECT_EQ(result.exit_code, 0) << result.output << result.errors;
  std::map<std::string, std::string> jobs;
  std::istringstream lines(result.output);
  for (std::string stage, job; lines >> stage >> job;) jobs[stage] = job;
  return jobs;
}

std::string SlurmCluster::job_field(const std::string& job, const std::string& field) const {
  std::istringstream words(on_cluster({"scontrol", "-o", "show", "job", job}).output);
  for (std::string word; words >> word;) {
    if (word.starts_with(field + "=")) return word.substr(field.size() + 1);
  }
  return "";
}

std::string SlurmCluster::end_of(const std::string& job, int seconds) const {
  std::string state;
  const auto has_ended = [&] {
    state = job_field(job, "JobState");
    return state != "PENDING" && state != "RUNNING" && state != "COMPLETING" && state != "REQUEUED";
  };
  for (int waited = 0; waited < seconds && !has_ended(); ++waited) ::sleep(1);
  return has_ended() ? state : "";
}

bool SlurmCluster::wait_for_log(const std::string& text, int count, double seconds) const {
  return wait_for([&] { return count_in_logs(run_path(), text) >= count; }, seconds);
}

std::string SlurmCluster::first_node_of(const std::string& job) const {
  return job_field(job, "BatchHost");
}

std::string SlurmCluster::job_output() const {
  std::string text;
  for (const auto& entry : fs::directory_iterator(directory_)) {
    if (entry.path().extension() == ".out")
      text += entry.path().filename().string() + ":\n" + text_of(entry.path());
  }
  return text;
}

void SlurmCluster::run_undisturbed(const Words& overrides) {
  ASSERT_EQ(run_study(overrides, 2, "undisturbed").exit_code, 0);
  fs::remove_all(directory_ / "study/data/features");
}

void SlurmCluster::expect_report_of_an_undisturbed_run() const {
  EXPECT_TRUE(contents_of(run_path() / "folds") == contents_of(directory_ / "undisturbed/folds"));
  EXPECT_TRUE(contents_of(run_path() / "report") == contents_of(directory_ / "undisturbed/report"));
}

}  // namespace musicmem::testing_support
