// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/durable_file.h"
#include "data/hash.h"
#include "distributed/cores.h"
#include "launcher/commands.h"
#include "launcher/interrupt.h"
#include "launcher/report.h"
#include "launcher/stage.h"
#include "launcher/together.h"
#include "launcher/versions.h"

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

namespace musicmem::launcher {
namespace {

// Rank 0 may hash, compact or fit for a long time while the others wait for it.
constexpr std::chrono::hours longest_step{24};

struct StudyOptions {
  std::string experiment;
  std::vector<std::string> overrides;
  std::string run_directory;
  bool fresh = false;
  bool dry_run = false;
  bool quiet = false;
  bool verbose = false;
  bool prepare = false;
  bool train = false;
  bool report = false;
};

Study read_study(distributed::Communicator& ranks, const StudyOptions& options) {
  Study study;
  together(ranks, "reading the experiment",
           [&] { study = load_study(config::load_experiment(options.experiment, options.overrides)); });
  return study;
}

std::string data_hash(const Study& study) {
  data::Hasher hasher;
  for (const std::string& track : study.tracks) hasher.add(track);
  hasher.add(study.labels).add(study.table.values.values());
  return hasher.hex();
}

void print_tasks(const std::vector<PlannedTask>& tasks) {
  for (const PlannedTask& task : tasks)
    std::printf("%s%s\n", task.name.c_str(), task.on_disk ? " (on disk)" : "");
}

// --dry-run: the rank map and the tasks, without writing anything.
int print_plan(distributed::World& world, const Study& study, const RunDirectory& run,
               const StudyOptions& options) {
  const std::string here = std::to_string(world.rank()) + "," + world.host_name() + ",cpu," +
                           std::to_string(distributed::allowed_cores().size());
  const std::vector<std::string> map = world.communicator().all_gather(here, "gathering the rank map");
  return on_rank_zero(world, [&] {
    std::printf("# ranks: rank,node,role,cores\n");
    for (const std::string& line : map) std::printf("%s\n", line.c_str());
    std::printf("# tasks of %s, run directory %s\n", study.experiment.name.c_str(), run.path().c_str());
    if (options.prepare && !study.experiment.data.from_table()) print_tasks(dry_prepare(study));
    if (!options.train) return exit_code::done;
    try {
      print_tasks(dry_train(study, run));
    } catch (const Error& error) {
      std::printf("# fits are listed once the features are prepared: %s\n", error.problem().c_str());
    }
    return exit_code::done;
  });
}

// Takes hold of the run directory on rank 0; the others wait until it is ours.
std::unique_ptr<Lease> claim_run(distributed::Communicator& ranks, const Study& study,
                                 const RunDirectory& run, bool fresh) {
  std::unique_ptr<Lease> lease;
  from_rank_zero(ranks, "taking hold of the run directory", [&] {
    run.claim(study.experiment, study.tracks);
    lease = std::make_unique<Lease>(run.lease());
    data::remove_stale_temporaries(run.path());
    if (fresh) run.clear();
    run.describe(study.experiment, study.tracks, data_hash(study));
    return std::string();
  });
  return lease;
}

std::uint64_t cache_memory(const distributed::World& world) {
  constexpr std::uint64_t share_of_caches = 2;  // half of the rank's share; the rest is for data
  return distributed::memory_per_rank(world.local_size()).value_or(0) / share_of_caches;
}

void log_start(RunLog& log, const distributed::World& world, const Study& study) {
  const int own = static_cast<int>(distributed::allowed_cores().size());
  const int threads = study.experiment.runtime.threads_per_rank.value_or(
      distributed::threads_per_rank(world.node_cores(), world.local_size(), own));
  log.info("start of rank " + std::to_string(world.rank()) + " of " + std::to_string(world.size()) + " on " +
           world.host_name() + ", musicmem " + program_version() + " " + source_revision() + ", threads " +
           std::to_string(threads) + ", cores " + std::to_string(own));
  for (const std::string& warning : study.warnings) log.warning(warning);
}

void print_failures(const RunDirectory& run) {
  const std::vector<Failure> failures = run.read_failures();
  if (failures.empty()) return;
  std::fprintf(stderr, "%zu failed task(s):\n", failures.size());
  for (const Failure& failure : failures)
    std::fprintf(stderr, "  %s: %s\n", failure.task.c_str(), failure.problem.c_str());
  std::fprintf(stderr, "Mend what is named and run the same command again: only these are done again.\n");
}

struct Outcome {
  std::size_t failed = 0;
  bool interrupted = false;

  // True if the next stage may begin.
  bool add(const StageResult& result, bool keep_going) {
    failed += result.failed;
    interrupted |= result.interrupted;
    return !interrupted && (keep_going || failed == 0);
  }
};

void write_and_show_report(StageContext& context) {
  from_rank_zero(context.ranks, "writing the report", [&] {
    context.lease->require_held();
    const RunResults results = read_run_results(context.run);
    write_report(results, context.run.report());
    std::printf("%s\nreport: %s\n", summary_table(results).c_str(),
                (context.run.report() / "report.md").c_str());
    std::fflush(stdout);
    return std::string();
  });
}

// Rank 0 alone tells the launcher; other codes would make mpirun kill ranks that are still closing their
// files.
int finish(const StageContext& context, const Outcome& outcome) {
  if (context.ranks.rank() != 0) return exit_code::done;
  print_failures(context.run);
  if (outcome.interrupted) {
    std::fprintf(stderr, "musicmem: interrupted; run the same command again to go on\n");
    context.log.warning("interrupted");
    return exit_code::interrupted;
  }
  context.log.info("end of start");
  return outcome.failed > 0 ? exit_code::failed_tasks : exit_code::done;
}

int run_study(distributed::World& world, const StudyOptions& options) {
  distributed::Communicator& ranks = world.communicator();
  ranks.set_deadline(longest_step);
  watch_for_interrupts();
  const Study study = read_study(ranks, options);
  const RunDirectory run = run_directory_for(
      study.experiment, options.run_directory.empty() ? std::nullopt : std::optional(options.run_directory));
  if (world.rank() == 0 && !options.quiet) {
    for (const std::string& warning : study.warnings)
      std::fprintf(stderr, "musicmem: warning: %s\n", warning.c_str());
  }
  if (options.dry_run) return print_plan(world, study, run, options);

  const std::unique_ptr<Lease> lease = claim_run(ranks, study, run, options.fresh);
  RunLog log(run.logs(), world.rank());
  log_start(log, world, study);
  StageContext context{
      ranks, study, run, lease.get(), log, options.quiet, options.verbose, cache_memory(world)};
  const bool keep_going = study.experiment.runtime.keep_going;
  if (options.prepare && !options.train && study.experiment.data.from_table() && world.rank() == 0) {
    std::fprintf(stderr, "musicmem: a study from data.table has nothing to prepare\n");
  }
  Outcome outcome;
  bool go_on = true;
  if (options.prepare && !study.experiment.data.from_table())
    go_on = outcome.add(prepare_stage(context), keep_going);
  if (options.train && go_on) go_on = outcome.add(train_stage(context), keep_going);
  if (options.report && go_on) write_and_show_report(context);
  return finish(context, outcome);
}

void add_study_command(CLI::App& app, Action& action, const std::string& name, const std::string& description,
                       const StudyOptions& stages) {
  auto options = std::make_shared<StudyOptions>(stages);
  CLI::App* command = app.add_subcommand(name, description);
  command->add_option("experiment", options->experiment, "YAML file of the study")
      ->required()
      ->type_name("EXPERIMENT");
  command->add_option("override", options->overrides, "dotted.path=value, laid over the file")
      ->type_name("KEY=VALUE");
  command->add_option("--run-dir", options->run_directory, "run directory (default: runs/<name>)")
      ->type_name("DIR");
  command->add_flag("--fresh", options->fresh,
                    "forget this run's fits and report first; prepared features are kept");
  command->add_flag("--dry-run", options->dry_run, "print the rank map and the tasks, write nothing");
  command->add_flag("--quiet", options->quiet, "no progress and no warnings on the terminal");
  command->add_flag("-v,--verbose", options->verbose, "print each task's begin and end");
  command->footer("Examples:\n  musicmem " + name + " study.yaml\n  mpirun -np 4 musicmem " + name +
                  " study.yaml cross_validation.folds=5 augment.pitch_semitones=[-1,1]");
  command->callback([&action, options] {
    action = [options](distributed::World& world) { return run_study(world, *options); };
  });
}

}  // namespace

void add_study_commands(CLI::App& app, Action& action) {
  StudyOptions stages;
  stages.prepare = stages.train = stages.report = true;
  add_study_command(app, action, "run", "Prepare, train and report; goes on where an earlier start stopped",
                    stages);
  stages.train = stages.report = false;
  add_study_command(app, action, "prepare", "Augment the clips and extract their features into the store",
                    stages);
  stages.prepare = false;
  stages.train = true;
  add_study_command(app, action, "train", "Train every model, variant, seed and fold on prepared features",
                    stages);
}

}  // namespace musicmem::launcher
