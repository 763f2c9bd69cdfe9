// SPDX-License-Identifier: GPL-3.0-or-later
// What a user learns before, while and after a study runs: rank map, validate, status, timeline, doctor.
#include "tests/integration/study_fixture.h"

#include <algorithm>
#include <csignal>
#include <set>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

class Oversight : public SmallStudy {
 protected:
  json status(const Words& words = {"run"}) {
    Words command = program({"status"});
    command.insert(command.end(), words.begin(), words.end());
    command.emplace_back("--json");
    const ProgramResult result = run(command, directory_);
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return json::parse(result.output, nullptr, false);
  }
  std::string status_text() { return run(program({"status", "run"}), directory_).output; }
};

TEST_F(Oversight, rank_map_shows_roles_devices_and_groups_without_gpus) {
  Words command =
      study_command({"--dry-run", "runtime.pretend_gpus=2", "runtime.ranks_per_model=2"}, 3, "run");

  const ProgramResult shown = run(command, directory_);
  command.erase(std::find(command.begin(), command.end(), "--dry-run"));
  const ProgramResult refused = run(command, directory_);

  EXPECT_EQ(shown.exit_code, 0) << shown.errors;
  EXPECT_THAT(shown.output,
              AllOf(HasSubstr("rank,node,role,device,cores,threads,group"), HasSubstr(",gpu,0,"),
                    HasSubstr(",gpu,1,"), HasSubstr(",cpu,,"), HasSubstr(".wav, about ")));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("nothing can be trained on pretended GPUs"));
  EXPECT_FALSE(fs::exists(directory_ / "run/folds"));
}

TEST_F(Oversight, status_follows_a_run_from_before_its_start_to_its_end) {
  const json before = status({"study/experiment.yaml", "--run-dir", "run"});
  BackgroundProgram job(study_command({}, 2, "run"), directory_, directory_ / "job.log");
  ASSERT_TRUE(wait_for([&] { return count_in_logs(directory_ / "run", " done prepare ") >= 3; }, 120));
  job.send(SIGSTOP);  // mpirun; the ranks go on
  const json running = status();
  job.send(SIGCONT);
  job.kill_all();
  const json dead = status();
  const std::string dead_text = status_text();
  ASSERT_EQ(run_study({}, 2).exit_code, 0);
  const json done = status();

  EXPECT_EQ(before.at("state"), "not started");
  EXPECT_EQ(before.at("run"), (directory_ / "run").string());
  EXPECT_EQ(running.at("state"), "running");
  EXPECT_THAT(running.at("holder").get<std::string>(), HasSubstr("process "));
  EXPECT_GE(running.at("done"), 3);
  EXPECT_EQ(running.at("total"), clips + 21);
  EXPECT_EQ(dead.at("state"), "stopped");
  EXPECT_GE(dead.at("left"), 1);
  EXPECT_THAT(dead_text, HasSubstr("Run the study's command again to resume."));
  EXPECT_EQ(done.at("state"), "done");
  EXPECT_EQ(done.at("done"), clips + 21);
  EXPECT_EQ(done.at("left"), 0);
}

TEST_F(Oversight, status_says_what_failed_and_why) {
  write_text(clip(2), "no sound");
  ASSERT_EQ(run_study({"models=[{name: mean}]"}).exit_code, 3);

  const json content = status();
  const std::string text = status_text();

  EXPECT_EQ(content.at("state"), "done with failed tasks");
  EXPECT_EQ(content.at("failed"), 1);
  EXPECT_EQ(content.at("failures")[0].at("task"), "prepare " + clip(2).filename().string());
  EXPECT_THAT(text, AllOf(HasSubstr("1 failed"), HasSubstr("is not audio")));

  // Where the labels are out of reach and the last start prepared nothing.
  const Words train = {"train", "study/experiment.yaml", "--run-dir", "run", "models=[{name: mean}]"};
  ASSERT_EQ(run(program(train), directory_).exit_code, 0);
  fs::remove(labels());
  const json from_afar = status();
  EXPECT_EQ(from_afar.at("state"), "done with failed tasks");
  EXPECT_EQ(from_afar.at("failed"), 1);
  EXPECT_EQ(from_afar.at("left"), 0);
  EXPECT_THAT(from_afar.at("changes").get<std::string>(),
              AllOf(HasSubstr("its data cannot be looked at: "), HasSubstr(labels().filename().string())));
}

TEST_F(Oversight, validate_names_problems_and_changes_nothing) {
  const ProgramResult good = run(program({"validate", "study/experiment.yaml"}), directory_);
  write_text(clip(2), "no sound");
  fs::remove(clip(3));
  const auto before = contents_of(directory_);

  const ProgramResult bad = run(program({"validate", "study/experiment.yaml"}), directory_);

  EXPECT_EQ(good.exit_code, 0) << good.output << good.errors;
  EXPECT_THAT(good.output, AllOf(HasSubstr("12 tracks"), HasSubstr("disk: "), HasSubstr("memory: ")));
  EXPECT_EQ(bad.exit_code, 3) << "as run would";
  EXPECT_THAT(bad.output, AllOf(HasSubstr("clips: 5 s\n"), HasSubstr("The study can be run, but the clips"),
                                HasSubstr("label has no audio file (" + clip(3).filename().string() + ")"),
                                HasSubstr("clip cannot be used (" + clip(2).filename().string())));
  EXPECT_TRUE(contents_of(directory_) == before);
}

TEST_F(Oversight, timeline_holds_tasks_waits_and_files_of_every_rank) {
  ASSERT_EQ(run_study({"runtime.trace=true"}, 2).exit_code, 0);

  const json events = json::parse(text_of(directory_ / "run/logs/trace.json")).at("traceEvents");

  std::set<std::pair<int, std::string>> kinds;
  int tasks = 0;
  for (const json& event : events) {
    if (event.at("ph") != "X") continue;
    kinds.emplace(event.at("pid"), event.at("cat"));
    tasks += event.at("cat") == "task" ? 1 : 0;
  }
  EXPECT_EQ(tasks, clips + 21);
  for (const int rank : {0, 1}) {
    for (const std::string kind : {"task", "wait", "io"})
      EXPECT_TRUE(kinds.contains({rank, kind})) << rank << kind;
  }
}

// On a processor that OpenBLAS does not know, it is the program that has it choose.
TEST_F(Oversight, no_modern_processor_computes_with_the_oldest_kernels) {
  if (!__builtin_cpu_supports("avx2")) GTEST_SKIP() << "needs a processor with AVX2";
  const ProgramResult result = run(program({"doctor", "."}), directory_);
  EXPECT_THAT(result.output, AllOf(HasSubstr("BLAS"), ::testing::Not(HasSubstr("Prescott"))));
}

TEST_F(Oversight, doctor_looks_at_everything_and_advises) {
  const ProgramResult result = run(program({"doctor", "."}, 2), directory_);

  for (const std::string what : {"musicmem", "ranks", "MPI", "Slurm", "BLAS", "GPUs", "HDF5", "files"})
    EXPECT_THAT(result.output, HasSubstr(" " + what)) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("2 ranks, 2 on this node"));
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()), 1)
      << "it left files";
}

TEST_F(Oversight, variables_of_another_job_do_not_change_the_start) {
  Words command = study_command({"models=[{name: mean}]"}, 0, "run");
  command.insert(command.begin(),
                 {"env", "SLURM_JOB_ID=7", "SLURM_STEP_NUM_TASKS=4", "SLURM_TASK_PID=1999999999"});

  const ProgramResult result = run(command, directory_);

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.errors, HasSubstr("SLURM variables of another job (7)"));
}

}  // namespace
}  // namespace musicmem::testing_support
