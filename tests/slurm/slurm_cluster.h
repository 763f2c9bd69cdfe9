// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/integration/study_fixture.h"

#include <map>
#include <string>
#include <vector>

namespace musicmem::testing_support {

// A study on a Slurm cluster of three nodes that this test starts and ends. Nodes share all files but those
// below local_disk(). Skips where no cluster can run.
class SlurmCluster : public SmallStudy {
 protected:
  void SetUp() override;
  void TearDown() override;

  // Calls tests/slurm/cluster with the cluster's directory.
  ProgramResult cluster(Words words, int seconds = 120) const;
  // Runs a command on a node, by default the controller, in the study's directory.
  ProgramResult on_cluster(const Words& command, const std::string& node = "ctl", int seconds = 120) const;
  // slurm/submit with the built program and the small study; `words` follow the experiment.
  ProgramResult submit(const Words& words) const;
  // The same, which must succeed: job id by stage.
  std::map<std::string, std::string> submitted(const Words& words) const;

  // A field of `scontrol show job`, such as JobState or ExitCode.
  std::string job_field(const std::string& job, const std::string& field) const;
  // Waits for the end of a job; its state then ("" if it did not end in time).
  std::string end_of(const std::string& job, int seconds = 240) const;
  bool wait_for_log(const std::string& text, int count, double seconds = 150) const;
  // The node that the batch script of a job runs on, and the other nodes.
  std::string first_node_of(const std::string& job) const;
  // What the jobs have printed.
  std::string job_output() const;

  // The same study undisturbed on this machine, for comparison.
  void run_undisturbed(const Words& overrides = {});
  void expect_report_of_an_undisturbed_run() const;

  std::filesystem::path run_path() const { return directory_ / "run"; }
  std::filesystem::path local_disk() const { return cluster_directory_ / "local"; }

  static constexpr int nodes = 3;
  Words size_ = {"--nodes", "3", "--ranks-per-node", "1", "--run-dir", "run"};

 private:
  std::filesystem::path cluster_directory_;
  bool is_up_ = false;
};

}  // namespace musicmem::testing_support
