// SPDX-License-Identifier: GPL-3.0-or-later
// The batch scripts and the program on a cluster of three nodes: submitted,
// warned, crashed, cut off, mistyped.
#include "tests/slurm/slurm_cluster.h"

#include <gmock/gmock.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Slurm = SlurmCluster;

TEST_F(Slurm, submit_runs_the_study_as_a_chain_of_jobs_on_three_nodes) {
  run_undisturbed();

  const auto jobs = submitted(size_);

  ASSERT_EQ(jobs.size(), 3);
  EXPECT_EQ(end_of(jobs.at("report")), "COMPLETED");
  for (const std::string node : {"n1", "n2", "n3"}) {
    EXPECT_EQ(count_in_logs(run_path(), "of 3 on " + node), 2) << "one world in prepare and one in train";
  }
  expect_report_of_an_undisturbed_run();
}

TEST_F(Slurm, warned_job_stops_at_a_safe_point_and_goes_on_when_it_is_requeued) {
  run_undisturbed();
  const auto jobs = submitted(size_);
  ASSERT_TRUE(wait_for_log(" done prepare ", 2));

  on_cluster({"scancel", "--batch", "--signal=USR1", jobs.at("prepare")});

  EXPECT_EQ(end_of(jobs.at("report")), "COMPLETED");
  EXPECT_EQ(job_field(jobs.at("prepare"), "Restarts"), "1");
  EXPECT_GE(count_in_logs(run_path(), "interrupted"), 1);
  EXPECT_EQ(count_in_logs(run_path(), " done prepare "), clips) << "a finished clip was prepared again";
  EXPECT_THAT(job_output(), AllOf(HasSubstr("start 1 of job"), HasSubstr("start 2 of job")));
  expect_report_of_an_undisturbed_run();
}

// A node loses its power in the middle of a stage: Slurm starts the job again on the others.

struct Crash {
  std::string stage;
  std::string task;  // how the log calls the stage's tasks
  Words overrides;   // that make the stage last
};

void PrintTo(const Crash& crash, std::ostream* out) {
  *out << crash.stage;
}

class SlurmCrash : public SlurmCluster, public testing::WithParamInterface<Crash> {};

TEST_P(SlurmCrash, report_is_that_of_an_undisturbed_run) {
  const auto& [stage, task, overrides] = GetParam();
  run_undisturbed(overrides);
  Words words = {"--nodes", "2", "--ranks-per-node", "1", "--run-dir", "run"};
  words.insert(words.end(), overrides.begin(), overrides.end());
  const auto jobs = submitted(words);
  ASSERT_TRUE(wait_for_log(" done " + task, 2));

  // The node of rank 0, which holds the lease.
  EXPECT_EQ(cluster({"crash", first_node_of(jobs.at(stage))}).exit_code, 0);

  EXPECT_EQ(end_of(jobs.at("report")), "COMPLETED");
  EXPECT_EQ(job_field(jobs.at(stage), "Restarts"), "1");
  expect_report_of_an_undisturbed_run();
  for (const auto& [name, bytes] : contents_of(run_path()))
    EXPECT_EQ(name.find(".tmp."), std::string::npos) << name;
}

const Words long_fits = {"cross_validation.seeds=[5, 6]",
                         "models=[{name: mean}, {name: mlp, max_epochs: 4000, patience: 4000}]"};

INSTANTIATE_TEST_SUITE_P(In, SlurmCrash,
                         testing::Values(Crash{"prepare", "prepare ", {}},
                                         Crash{"train", "fit mlp", long_fits}),
                         [](const auto& crash) { return crash.param.stage; });

TEST_F(Slurm, ranks_that_were_cut_off_change_nothing_and_end_when_they_are_back) {
  run_undisturbed();
  const Words two = {"--nodes",   "2",   "--ranks-per-node",        "1",
                     "--run-dir", "run", "runtime.stall_warning=5", "runtime.stall_abort=300"};
  const auto jobs = submitted(two);
  ASSERT_TRUE(wait_for_log(" done prepare ", 2));
  const std::string lost = first_node_of(jobs.at("prepare"));

  EXPECT_EQ(cluster({"cut", lost}).exit_code, 0);
  EXPECT_EQ(end_of(jobs.at("report")), "COMPLETED") << "Slurm starts the job again on the other nodes";
  const auto folds = contents_of(run_path() / "folds");
  const auto report = contents_of(run_path() / "report");
  EXPECT_EQ(cluster({"mend", lost}).exit_code, 0);

  const auto is_quiet = [&] { return on_cluster({"pgrep", "-x", "musicmem"}, lost).output.empty(); };
  EXPECT_TRUE(wait_for(is_quiet, 60)) << "a stale rank goes on";
  EXPECT_TRUE(contents_of(run_path() / "folds") == folds);
  EXPECT_TRUE(contents_of(run_path() / "report") == report);
  expect_report_of_an_undisturbed_run();
}

TEST_F(Slurm, jobs_after_a_failed_one_are_cancelled) {
  fs::remove_all(audio());

  const auto jobs = submitted(size_);

  EXPECT_EQ(end_of(jobs.at("prepare")), "FAILED");
  EXPECT_EQ(end_of(jobs.at("train"), 60), "CANCELLED");
  EXPECT_EQ(end_of(jobs.at("report"), 60), "CANCELLED");
}

TEST_F(Slurm, a_clip_that_fails_does_not_cancel_the_chain_and_the_report_says_so) {
  write_text(clip(1), "no sound");

  const auto jobs = submitted(size_);

  EXPECT_EQ(end_of(jobs.at("report")), "FAILED");
  EXPECT_EQ(job_field(jobs.at("prepare"), "JobState"), "COMPLETED");
  EXPECT_EQ(job_field(jobs.at("train"), "JobState"), "COMPLETED");
  EXPECT_EQ(job_field(jobs.at("report"), "ExitCode"), "3:0");
  EXPECT_THAT(text_of(run_path() / "report/report.md"), HasSubstr(clip(1).stem().string().substr(0, 9)));
}

TEST_F(Slurm, a_run_that_is_queued_is_not_submitted_again) {
  const auto jobs = submitted(size_);

  const ProgramResult second = submit(size_);

  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.errors, AllOf(HasSubstr("is queued or running already"), HasSubstr(jobs.at("prepare"))));
  EXPECT_EQ(on_cluster({"squeue", "-h", "-o", "%i"}).output.find("4"), std::string::npos);
}

TEST_F(Slurm, a_run_whose_script_was_queued_by_hand_is_not_submitted) {
  const ProgramResult queued = on_cluster({"env", std::string("MUSICMEM=") + MUSICMEM_PROGRAM, "sbatch",
                                           "--parsable", "--hold", MUSICMEM_SOURCE "/slurm/study.sbatch",
                                           "study/experiment.yaml", "--quiet", "--run-dir", "run"});

  const ProgramResult same = submit(size_);
  const ProgramResult another = submit({"--run-dir", "another", "--stages", "prepare"});

  EXPECT_EQ(same.exit_code, 1);
  EXPECT_THAT(same.errors, HasSubstr("is queued or running already as job " +
                                     queued.output.substr(0, queued.output.find('\n'))));
  EXPECT_EQ(another.exit_code, 0) << another.errors;
}

TEST_F(Slurm, what_slurm_refuses_is_shown_and_leaves_nothing_queued) {
  Words words = size_;
  words.insert(words.end(), {"--partition", "nowhere"});

  const ProgramResult partition = submit(words);
  const ProgramResult option = submit({"--run-dir", "run", "--sbatch=--no-such-option"});
  const ProgramResult key = submit({"--run-dir", "run", "cross_validation.fold=3"});
  const ProgramResult own_option = submit({"--node", "3"});

  EXPECT_EQ(partition.exit_code, 1);
  EXPECT_THAT(partition.errors, HasSubstr("invalid partition specified: nowhere"));
  EXPECT_EQ(option.exit_code, 1);
  EXPECT_THAT(option.errors, HasSubstr("no-such-option"));
  EXPECT_EQ(key.exit_code, 2);
  EXPECT_THAT(key.errors, HasSubstr("did you mean 'folds'"));
  EXPECT_EQ(own_option.exit_code, 2);
  EXPECT_EQ(on_cluster({"squeue", "-h"}).output, "");
}

TEST_F(Slurm, dry_run_shows_commands_and_scripts_and_submits_nothing) {
  Words words = size_;
  words.insert(words.end(), {"--gpus-per-node", "2", "--time", "5", "--dry-run"});

  const ProgramResult result = submit(words);

  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output, AllOf(HasSubstr("--gpus-per-node=2"), HasSubstr("--kill-on-invalid-dep=yes"),
                                   HasSubstr("#SBATCH --requeue"), HasSubstr("--mpi=pmix")));
  EXPECT_EQ(on_cluster({"squeue", "-h"}).output, "");
}

TEST_F(Slurm, a_run_directory_that_only_one_node_sees_is_refused) {
  const std::string local = (local_disk() / "run").string();

  const ProgramResult result =
      on_cluster({"env", "SLURM_PMIX_FENCE=ring", "timeout", "60", "srun", "--mpi=pmix", "-N2",
                  MUSICMEM_PROGRAM, "run", "study/experiment.yaml", "--run-dir", local});

  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.errors, AllOf(HasSubstr(local), HasSubstr("is not the same directory on every node"),
                                   HasSubstr("rank 1 (n2)"), HasSubstr("--run-dir")));
}

// The job that slurm/heterogeneous.sbatch makes of the study.
class SlurmHeterogeneous : public SlurmCluster {
 protected:
  std::string submitted_job() const {
    const ProgramResult result = on_cluster({"env", std::string("MUSICMEM=") + MUSICMEM_PROGRAM, "sbatch",
                                             "--parsable", MUSICMEM_SOURCE "/slurm/heterogeneous.sbatch",
                                             "study/experiment.yaml", "--run-dir", "run"});
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return result.output.substr(0, result.output.find('\n'));
  }
};

TEST_F(SlurmHeterogeneous, gpu_nodes_and_cpu_nodes_form_one_world) {
  EXPECT_EQ(end_of(submitted_job()), "COMPLETED");
  EXPECT_GE(count_in_logs(run_path(), "of 6 on "), 6);
  EXPECT_TRUE(fs::exists(run_path() / "report/report.md"));
}

// As srun now and then does by itself in such a job.
TEST_F(SlurmHeterogeneous, srun_that_outlives_its_steps_does_not_keep_the_job) {
  const std::string job = submitted_job();
  ASSERT_TRUE(wait_for_log(" begin prepare ", 1));

  on_cluster({"pkill", "-STOP", "-x", "srun"}, first_node_of(job));

  EXPECT_EQ(end_of(job), "COMPLETED");
  EXPECT_THAT(job_output(), HasSubstr("all steps have ended but srun has not"));
  EXPECT_TRUE(fs::exists(run_path() / "report/report.md"));
}

// What srun is where Slurm was built without PMIx: its own plugins but those.
TEST_F(Slurm, where_srun_knows_no_pmix_mpirun_starts_the_ranks_on_all_nodes) {
  run_undisturbed();
  const std::string without = (directory_ / "plugins").string();
  const ProgramResult made = on_cluster(
      {"sh", "-c",
       "mkdir '" + without + "' && cp -s $(scontrol show config | sed -n 's/^PluginDir *= *//p')/*.so '" +
           without + "' && rm '" + without + "'/mpi_pmix* && (cat $SLURM_CONF; echo 'PluginDir=" + without +
           "') >slurm.conf"});
  ASSERT_EQ(made.exit_code, 0) << made.errors;
  Words words = size_;
  words.insert(words.end(), {"--setup", "export SLURM_CONF=" + (directory_ / "slurm.conf").string()});

  const auto jobs = submitted(words);

  EXPECT_EQ(end_of(jobs.at("report")), "COMPLETED");
  for (const std::string node : {"n1", "n2", "n3"}) {
    EXPECT_EQ(count_in_logs(run_path(), "of 3 on " + node), 2) << "one world in prepare and one in train";
  }
  EXPECT_THAT(job_output(), HasSubstr("ranks are started by mpirun"));
  expect_report_of_an_undisturbed_run();
}

TEST_F(Slurm, a_bundle_runs_on_three_nodes) {
  run_undisturbed();
  const fs::path bundle = directory_ / "bundle";
  const fs::path build = fs::path(MUSICMEM_PROGRAM).parent_path().parent_path();
  const ProgramResult made =
      testing_support::run({MUSICMEM_SOURCE "/script/bundle", bundle.string(), build.string()}, directory_);
  ASSERT_EQ(made.exit_code, 0) << made.errors;

  Words words = size_;
  words.insert(words.end(), {"--program", (bundle / "bin/musicmem").string()});
  const auto jobs = submitted(words);

  EXPECT_EQ(end_of(jobs.at("report")), "COMPLETED") << job_output();
  for (const std::string node : {"n1", "n2", "n3"})
    EXPECT_EQ(count_in_logs(run_path(), "of 3 on " + node), 2) << "one world in prepare and one in train";
  EXPECT_THAT(job_output(), testing::Not(HasSubstr("ranks are started by mpirun")));
  expect_report_of_an_undisturbed_run();
}

TEST_F(Slurm, jobs_run_in_the_directory_that_submit_is_given) {
  const ProgramResult result = on_cluster({"env", "-C", "/", MUSICMEM_SOURCE "/slurm/submit",
                                           "study/experiment.yaml", "--program", MUSICMEM_PROGRAM, "--chdir",
                                           directory_.string(), "--run-dir", "run", "--stages", "prepare"});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const std::string job = result.output.substr(result.output.find(' ') + 1, 1);
  EXPECT_EQ(end_of(job), "COMPLETED");
  EXPECT_GE(count_in_logs(run_path(), " done prepare "), clips);
  EXPECT_THAT(job_output(), HasSubstr("start 1 of job " + job));
}

// As the batch script of a node that was cut off, once it is back: the job has been started since.
TEST_F(Slurm, script_of_an_earlier_start_does_not_queue_the_job_again) {
  write_text(directory_ / "interrupted", "#!/bin/sh\nexit 75\n");
  fs::permissions(directory_ / "interrupted", fs::perms::owner_all);
  const std::string program = "MUSICMEM=" + (directory_ / "interrupted").string();
  const ProgramResult queued = on_cluster(
      {"env", program, "sbatch", "--parsable", "--hold", MUSICMEM_SOURCE "/slurm/report.sbatch", "run"});
  const std::string job = queued.output.substr(0, queued.output.find('\n'));

  const ProgramResult earlier = on_cluster({"env", program, "SLURM_JOB_ID=" + job, "SLURM_RESTART_COUNT=1",
                                            MUSICMEM_SOURCE "/slurm/run_ranks", "report", "run"});

  EXPECT_EQ(earlier.exit_code, 75);
  EXPECT_THAT(earlier.errors, HasSubstr("another start of this job has followed this one"));
  EXPECT_EQ(job_field(job, "Restarts"), "0");
}

TEST_F(Slurm, task_that_outlasts_the_warning_does_not_let_the_limit_end_the_job) {
  // A program that is deaf to the warning in its first start, and done in the second.
  write_text(directory_ / "deaf",
             "#!/bin/sh\ncase $1 in status) echo '  \"done\": 0,' && exit ;; esac\n"
             "[ ${SLURM_RESTART_COUNT:-0} -gt 0 ] && exit 0\ntrap '' USR1 TERM\nsleep 300\n");
  fs::permissions(directory_ / "deaf", fs::perms::owner_all);

  const ProgramResult result = on_cluster({"env", "MUSICMEM=" + (directory_ / "deaf").string(), "sbatch",
                                           "--parsable", "--nodes=1", "--time=1", "--signal=B:USR1@20",
                                           MUSICMEM_SOURCE "/slurm/study.sbatch", "study/experiment.yaml"});
  const std::string job = result.output.substr(0, result.output.find('\n'));

  EXPECT_EQ(end_of(job), "COMPLETED");
  EXPECT_EQ(job_field(job, "Restarts"), "1");
  EXPECT_THAT(job_output(), HasSubstr("the time limit is near and a task still runs"));
}

TEST_F(Slurm, later_checkpoints_earn_another_start_and_fresh_is_for_the_first) {
  // A program whose one fit outlasts five starts.
  write_text(
      directory_ / "long",
      "#!/bin/sh\ncase $1 in status) echo '  \"done\": 0,' && echo '  \"run\": \"run\"' && exit ;; esac\n"
      "start=${SLURM_RESTART_COUNT:-0}\necho \"start $start with $*.\"\n"
      "mkdir -p run/checkpoints && touch run/checkpoints/step-$start.ckpt\n[ $start -ge 4 ] || exit 75\n");
  fs::permissions(directory_ / "long", fs::perms::owner_all);

  const ProgramResult result =
      on_cluster({"env", "MUSICMEM=" + (directory_ / "long").string(), "sbatch", "--parsable", "--nodes=1",
                  MUSICMEM_SOURCE "/slurm/study.sbatch", "study/experiment.yaml", "--fresh", "a=b c"});
  const std::string job = result.output.substr(0, result.output.find('\n'));

  EXPECT_EQ(end_of(job), "COMPLETED");
  EXPECT_EQ(job_field(job, "Restarts"), "4");
  EXPECT_THAT(job_output(),
              AllOf(HasSubstr("start 0 with run study/experiment.yaml --fresh a=b c --replace."),
                    HasSubstr("start 1 with run study/experiment.yaml a=b c --replace."),
                    HasSubstr("start 4 with run study/experiment.yaml a=b c --replace.")));
}

TEST_F(Slurm, three_restarts_without_a_finished_task_are_enough) {
  // A program that never finishes anything: it crashes in the first start and is interrupted in the others.
  write_text(directory_ / "never",
             "#!/bin/sh\ncase $1 in status) echo '  \"done\": 0,' && exit ;; esac\n"
             "[ -e crashed ] && exit 75\ntouch crashed\nkill -SEGV $$\n");
  fs::permissions(directory_ / "never", fs::perms::owner_all);

  const ProgramResult result =
      on_cluster({"env", "MUSICMEM=" + (directory_ / "never").string(), "sbatch", "--parsable", "--nodes=1",
                  MUSICMEM_SOURCE "/slurm/study.sbatch", "study/experiment.yaml"});
  const std::string job = result.output.substr(0, result.output.find('\n'));

  EXPECT_EQ(end_of(job), "FAILED");
  EXPECT_EQ(job_field(job, "Restarts"), "3");
  EXPECT_THAT(job_output(), AllOf(HasSubstr("a rank was ended by signal 11"),
                                  HasSubstr("giving up: 3 restarts without a finished task")));
}

}  // namespace
}  // namespace musicmem::testing_support
