// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/study.h"

#include "config/counted.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "distributed/cores.h"
#include "distributed/wire.h"
#include "launcher/checks/dry_run.h"
#include "launcher/checks/start_checks.h"
#include "launcher/checks/study_check.h"
#include "launcher/commands/commands.h"
#include "launcher/plot/gnuplot.h"
#include "launcher/report/report.h"
#include "launcher/run/interrupt.h"
#include "launcher/run/timings.h"
#include "launcher/run/versions.h"
#include "launcher/stages/replaced_fits.h"
#include "launcher/stages/stage.h"
#include "launcher/study/inputs_file.h"
#include "launcher/study/prepared_features.h"
#include "models/machine/gpus.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

// Rank 0 may hash, compact or fit for a long time while the others wait for it.
constexpr std::chrono::hours longest_step{24};
// Until the watch for stalls begins: reading the experiment and the labels, and taking the run.
constexpr std::chrono::minutes longest_start{30};
// A start that misses ranks for longer does not keep another one from taking the run over.
constexpr std::chrono::seconds silence_of_lost_ranks{10};

struct StudyOptions {
  StudyArguments study;
  bool fresh = false;
  bool replace = false;
  bool rehash = false;
  std::optional<int> only_fold;
  bool dry_run = false;
  bool quiet = false;
  bool verbose = false;
  bool prepare = false;
  bool train = false;
  bool report = false;
};

config::Experiment read_experiment(distributed::Communicator& ranks, const StudyOptions& options) {
  config::Experiment experiment;
  together(ranks, "reading the experiment",
           [&] { experiment = config::load_experiment(options.study.experiment, options.study.overrides); });
  return experiment;
}

void warn(const std::vector<std::string>& warnings, bool quiet) {
  if (quiet) return;
  for (const std::string& warning : warnings)
    std::fprintf(stderr, "musicmem: warning: %s\n", warning.c_str());
}

Error error_of(const Finding& finding) {
  const bool is_of_a_file = finding.places.size() == 1 && finding.details.empty();
  if (is_of_a_file) return Error(finding.problem, finding.places.front(), finding.advice);
  return Error(finding.text());
}

// Whatever `validate` finds without reading sound, in its words, before any work: on rank 0, which prints it.
// Returns the warnings, on rank 0 alone; throws on all ranks where the study cannot be run.
std::vector<std::string> check_before_start(distributed::Communicator& ranks,
                                            const config::Experiment& experiment, bool quiet) {
  std::vector<std::string> warnings;
  from_rank_zero(ranks, "checking labels and settings", [&] {
    std::vector<Finding> errors;
    StudyCheck check = check_study(experiment, CheckDepth::names);
    for (const std::string& line : check.pretrained) {
      if (!quiet) std::fprintf(stderr, "musicmem: %s\n", line.c_str());
    }
    for (Finding& finding : check.findings) {
      if (finding.stops_the_study()) {
        errors.push_back(std::move(finding));
      } else {
        warnings.push_back(finding.text());
      }
    }
    warn(warnings, quiet);
    for (std::size_t i = 1; i < errors.size(); ++i) {
      std::fprintf(stderr, "musicmem: error: %s\n", errors[i].text().c_str());
    }
    if (!errors.empty()) throw error_of(errors.front());
  });
  return warnings;
}

Study read_study(distributed::Communicator& ranks, const config::Experiment& experiment) {
  Study study;
  together(ranks, "reading the labels", [&] { study = load_study(experiment); });
  return study;
}

// Throws Error on every rank for a fold that the study does not have.
void require_fold(distributed::Communicator& ranks, const Study& study, const std::optional<int>& fold) {
  if (!fold) return;
  together(ranks, "counting the folds", [&] {
    const int folds = count_folds(study) * study.experiment.cross_validation.repeats;
    if (*fold < 0 || *fold >= folds)
      throw usage_error("there is no fold " + std::to_string(*fold), "--only-fold",
                        "the study's folds count from 0 to " + std::to_string(folds - 1));
  });
}

// Stops a start that would train in place of finished fits; one that prepares alone is told so.
void look_for_replaced_fits(const Study& study, const RunDirectory& run, const StudyOptions& options) {
  const ReplacedFits fits = fits_to_be_replaced(run, study);
  if (options.train) refuse_to_replace(fits, run);
  if (fits.any()) warn({"training with these settings " + fits.text()}, options.quiet);
}

// Takes hold of the run directory on rank 0; the others wait until it is ours. `claim` is set on all.
std::unique_ptr<Lease> take_run(distributed::Communicator& ranks, const Study& study, const RunDirectory& run,
                                const StudyOptions& options, std::optional<LeaseClaim>& claim) {
  std::unique_ptr<Lease> lease;
  const std::string identity = from_rank_zero(ranks, "taking hold of the run directory", [&] {
    run.claim(study.experiment, study.tracks);
    lease = std::make_unique<Lease>(run.lease());
    // Whoever left temporaries here does not own the run any more, wherever it ran.
    data::remove_stale_temporaries(run.path(), data::StaleMakers::all);
    if (!options.fresh && !options.replace) look_for_replaced_fits(study, run, options);
    if (options.fresh) run.clear();
    // Beside finished fits, training may yet find that it may not replace them; it describes the run then.
    const bool may_yet_stop = options.train && !options.replace && fs::exists(run.plan());
    if (!may_yet_stop) run.describe(study.experiment, study.tracks);
    return lease->identity();
  });
  claim.emplace(run.lease(), identity);
  return lease;
}

std::uint64_t cache_memory(const distributed::World& world) {
  constexpr std::uint64_t share_of_caches = 2;  // half of the rank's share; the rest is for data
  return distributed::memory_per_rank(world.local_size()).value_or(0) / share_of_caches;
}

void log_start(RunLog& log, const distributed::World& world, const RankMap& map) {
  const auto rank = static_cast<std::size_t>(world.rank());
  log.info("start of rank " + std::to_string(rank) + " of " + std::to_string(world.size()) + " on " +
           world.host_name() + ", musicmem " + program_version() + " " + source_revision() + ", role " +
           to_string(map.roles[rank].role) + ", threads " + std::to_string(map.threads[rank]) + ", cores " +
           std::to_string(map.cores[rank]));
  if (rank == 0) log.info("ranks: " + map.table());
}

// One program on every rank, before anything that another version might do otherwise.
void require_one_program(distributed::Communicator& ranks, const std::vector<std::string>& nodes) {
  std::string libraries;
  for (const auto& [name, version] : library_versions()) libraries += ", " + name + " " + version;
  require_same(ranks, nodes, "program", "musicmem " + program_version() + " " + source_revision() + libraries,
               "start the same program on every node");
}

void require_one_study(distributed::Communicator& ranks, const std::vector<std::string>& nodes,
                       const Study& study, const RunDirectory& run) {
  const std::string advice = "start every rank with the same command";
  require_same(ranks, nodes, "run directory", run.path().string(), advice);
  data::Hasher hasher;
  hasher.add(to_yaml(study.experiment, "/")).add(data_hash(study, {}));
  require_same(ranks, nodes, "experiment (its checksum)", hasher.hex(), advice);
}

void refuse_pretended_gpus(const config::Experiment& experiment) {
  if (experiment.runtime.pretend_gpus == 0) return;
  throw Error("runtime.pretend_gpus is " + std::to_string(experiment.runtime.pretend_gpus) +
                  ", but nothing can be trained on pretended GPUs",
              "", "use it with --dry-run, to see roles and groups");
}

// What the end of a run needs, looked at before the work that leads to it.
void check_report_place(const RunDirectory& run, bool quiet) {
  if (fs::exists(run.report())) data::require_writable_directory(run.report());
  const std::string problem = drawing_problem();
  if (!problem.empty()) warn({"the report will have no figures: " + problem}, quiet);
}

// The watch for ranks that are gone: one ends the whole job with the code that says it may be started again.
distributed::StallWatch::Options stall_options(distributed::World& world, const config::Runtime& runtime,
                                               RunLog& log) {
  distributed::StallWatch::Options options;
  options.warning = std::chrono::duration<double>(runtime.stall_warning);
  options.abort = std::chrono::duration<double>(runtime.stall_abort);
  options.interval = std::min(options.interval, options.warning / 5);
  options.on_report = [&log](const std::string& text) {
    log.warning("stall: " + text);
    std::fprintf(stderr, "musicmem: stall: %s\n", text.c_str());
  };
  options.on_abort = [&world, &log](const std::string& text) {
    log.error("stall: " + text + "; the job ends");
    std::fprintf(stderr, "musicmem: error: %s; the job ends, run the same command again to resume\n",
                 text.c_str());
    world.abort(exit_code::interrupted);
  };
  return options;
}

void print_failures(const RunDirectory& run) {
  const std::vector<Failure> failures = run.read_failures();
  if (failures.empty()) return;
  std::fprintf(stderr, "%s failed:\n", counted(failures.size(), "task").c_str());
  for (const Failure& failure : failures)
    std::fprintf(stderr, "  %s: %s\n", failure.task.c_str(), failure.problem.c_str());
  const bool lacks_clips = std::ranges::any_of(
      failures, [](const Failure& failure) { return failure.task.starts_with("prepare "); });
  std::fprintf(stderr, "Fix what is named and run the same command again: %s.\n",
               lacks_clips ? "these tasks are repeated, and fits that lack a clip of them are made anew"
                           : "only these tasks are repeated");
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

void write_and_show_report(const Start& start) {
  from_rank_zero(start.team.ranks, "writing the report", [&] {
    start.run.claim.require_held();
    const auto begin = std::chrono::steady_clock::now();
    const Trace::Span span(start.run.trace, "io", "write the report");
    RunResults results = read_run_results(start.run.directory);
    std::vector<Explanation> explanations = read_explanations(start.run.directory, results.plan);
    const auto report = make_report(std::move(results), std::move(explanations), /*allow_partial=*/false);
    write_report(*report, start.run.directory.report());
    std::printf("%s\n%s\n", summary_table(report->results).c_str(),
                report_place(start.run.directory.report()).c_str());
    std::fflush(stdout);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    start.run.log.attempt(
        "timings", [&] { record_stage(start.run.directory, "report", start.team.ranks.size(), seconds); });
  });
}

// Rank 0 alone tells the launcher; other codes would make mpirun kill ranks that
// are still closing their files.
int finish(const Start& start, const Outcome& outcome) {
  if (!start.team.leads()) return exit_code::done;
  start.run.log.attempt("timings", [&] { write_timings_page(start.run.directory); });
  print_failures(start.run.directory);
  if (outcome.interrupted) {
    std::fprintf(stderr, "musicmem: interrupted; run the same command again to resume\n");
    start.run.log.warning("interrupted");
    start.display.progress->end("interrupted");
    return exit_code::interrupted;
  }
  start.run.log.info("end of start");
  start.display.progress->end(outcome.failed > 0 ? "failed tasks" : "done");
  return outcome.failed > 0 ? exit_code::failed_tasks : exit_code::done;
}

// While it lives, waits are told to the watch and the timeline, and the lease is
// kept alive only with all ranks.
class WatchedRanks {
 public:
  WatchedRanks(distributed::Communicator& ranks, Lease* lease, distributed::StallWatch& watch, Trace& trace)
      : ranks_(ranks), lease_(lease) {
    ranks_.observe_waits([&](const std::string& what) {
      watch.waiting_for(what);
      trace.waiting_for(what);
    });
    if (lease_ != nullptr)
      lease_->beat_while([&] { return watch.longest_silence() < silence_of_lost_ranks; });
  }
  ~WatchedRanks() {
    ranks_.observe_waits({});
    if (lease_ != nullptr) lease_->beat_while({});
  }
  WatchedRanks(const WatchedRanks&) = delete;
  WatchedRanks& operator=(const WatchedRanks&) = delete;

 private:
  distributed::Communicator& ranks_;
  Lease* lease_;
};

// What is known of files that the study reads. Whatever earlier starts knew of files is forgotten with --rehash.
data::KnownFiles read_known(const Study& study, const StudyOptions& options, std::string& problem) {
  data::KnownFiles::Entries known;
  if (!options.rehash) known = read_inputs_file(inputs_file(study.experiment.features.store), problem);
  return data::KnownFiles(std::move(known));
}

Outcome run_stages(const Start& start, const Study& study, data::KnownFiles known, std::uint64_t memory_bytes,
                   const StudyOptions& options) {
  const bool keep_going = study.experiment.runtime.keep_going;
  Outcome outcome;
  bool go_on = true;
  std::vector<PreparedFeatures> prepared;
  if (!study.sets.empty()) keep_known(start, study, known);
  if (is_from_audio(study.experiment)) {
    StudyInputs inputs = look_at_inputs(start.team.ranks, study, std::move(known));
    if (options.prepare) go_on = outcome.add(prepare_stage(start, study, inputs), keep_going);
    if (go_on) prepared = compact_prepared(start, study, inputs);
    if (go_on && options.prepare) describe_prepared(start, study, prepared, options.train);
    if (go_on && options.train) open_tables(start, prepared, inputs.known);
  }
  if (options.train && go_on) {
    go_on = outcome.add(train_stage(start, study, prepared,
                                    {memory_bytes, options.replace, options.prepare, options.only_fold}),
                        keep_going);
  }
  if (options.report && go_on) write_and_show_report(start);
  return outcome;
}

void join_timelines(const Start& start) {
  start.run.log.attempt("timeline", [&] { start.run.trace.close(); });
  start.team.ranks.barrier("closing the timelines");
  if (start.team.leads()) {
    start.run.log.attempt("timeline",
                          [&] { join_traces(start.run.directory.logs(), start.team.ranks.size()); });
  }
  start.team.ranks.barrier("joining the timelines");
}

int run_study(distributed::World& world, const StudyOptions& options) {
  distributed::Communicator& ranks = world.communicator();
  ranks.set_deadline(longest_start);
  watch_for_interrupts();
  require_one_program(ranks, ranks.all_gather(world.host_name(), "gathering the nodes"));
  const config::Experiment settings = read_experiment(ranks, options);
  const std::vector<std::string> findings = check_before_start(ranks, settings, options.quiet);
  Study study = read_study(ranks, settings);
  std::string problem;
  data::KnownFiles known = read_known(study, options, problem);
  ranks.set_deadline(longest_step);
  look_at_sets(ranks, study, known);
  ranks.set_deadline(longest_start);
  require_fold(ranks, study, options.only_fold);
  const config::Runtime& runtime = study.experiment.runtime;
  const RankMap map =
      map_ranks(world, runtime, runtime.pretend_gpus > 0 ? runtime.pretend_gpus : models::gpus_of_node());
  const auto [run, place_note] = options.study.place_of(study.experiment);
  require_one_study(ranks, map.nodes(), study, run);
  if (world.rank() == 0 && !place_note.empty()) std::fprintf(stderr, "musicmem: %s\n", place_note.c_str());
  if (world.rank() == 0) warn(world.launch_warnings(), options.quiet);
  if (options.dry_run) {
    return on_rank_zero(world, [&] {
      print_dry_run(study, run, map,
                    {options.prepare, options.train, options.replace || options.fresh, options.only_fold});
      return exit_code::done;
    });
  }

  together(ranks, "looking at the place of the report", [&] {
    if (world.rank() == 0 && options.report) check_report_place(run, options.quiet);
  });
  together(ranks, "looking at the roles", [&] { refuse_pretended_gpus(study.experiment); });
  require_shared(ranks, map.nodes(), run.path(), "--run-dir");
  const bool writes_features = options.prepare && is_from_audio(study.experiment);
  if (writes_features) require_shared(ranks, map.nodes(), study.experiment.features.store, "features.store");
  std::vector<std::string> clocks = clock_warnings(read_clocks(ranks), map.nodes());
  std::optional<LeaseClaim> claim;
  const std::unique_ptr<Lease> lease = take_run(ranks, study, run, options, claim);
  RunLog log(run.logs(), world.rank(), options.quiet);
  log_start(log, world, map);
  for (const std::string& finding : findings) log.warning(finding);
  if (world.rank() == 0 && !problem.empty()) log.warn(problem);
  if (world.rank() == 0) log.attempt("timings", [&] { record_start(run, world.size()); });
  if (world.rank() == 0) warn(clocks, options.quiet);
  if (world.rank() == 0 && options.prepare && !options.train && !is_from_audio(study.experiment)) {
    std::fprintf(stderr, "musicmem: a study with %s has nothing to prepare\n",
                 study.experiment.data.from_table() ? "data.table" : "features from files alone");
  }

  auto trace = std::make_unique<Trace>();
  if (runtime.trace) {
    log.attempt("timeline",
                [&] { trace = std::make_unique<Trace>(run.logs(), world.rank(), world.host_name()); });
  }
  std::optional<ProgressFile> progress;
  if (world.rank() == 0) progress.emplace(run, *claim, map.nodes(), log);
  distributed::StallWatch watch(ranks, map.nodes(), stall_options(world, runtime, log));
  const WatchedRanks watched(ranks, lease.get(), watch, *trace);
  ranks.set_deadline(longest_step);
  const Start start{{ranks, map, watch},
                    {run, *claim, log, *trace, world.rank()},
                    {progress ? &*progress : nullptr, options.quiet, options.verbose}};
  const Outcome outcome = run_stages(start, study, std::move(known), cache_memory(world), options);
  const int code = finish(start, outcome);
  ranks.barrier("end of the study");
  if (runtime.trace) join_timelines(start);
  ranks.set_deadline(exit_deadline);
  watch.finish();
  log.info("met all ranks at the end of the study");
  return code;
}

void add_study_command(CLI::App& app, Action& action, const std::string& name, const std::string& description,
                       const StudyOptions& stages) {
  auto options = std::make_shared<StudyOptions>(stages);
  CLI::App* command = app.add_subcommand(name, description);
  options->study.add_to(*command);
  command->add_flag("--fresh", options->fresh,
                    "remove this run's fits and report first; prepared features are kept");
  command->add_flag("--replace", options->replace,
                    "replace finished fits that changed settings, labels or clips train again; "
                    "the old ones are moved to folds/.stale");
  if (stages.train)
    command
        ->add_option("--only-fold", options->only_fold,
                     "train the fits of this fold alone, counted from 0 through all repeats")
        ->type_name("K");
  command->add_flag("--rehash", options->rehash,
                    "read every clip, stem and prepared feature again, though it looks as it did");
  command->add_flag("--dry-run", options->dry_run,
                    "print the rank map, the tasks and the expected time, write nothing");
  command->add_flag("--quiet", options->quiet, "no progress and no warnings on the terminal");
  command->add_flag("-v,--verbose", options->verbose, "print each task's begin and end");
  command->footer("Examples:\n  musicmem " + name + " study.yaml\n  mpirun -np 4 musicmem " + name +
                  " study.yaml cross_validation.folds=5 augment.pitch_semitones=[-1,1]");
  command->callback([&action, options] {
    action.computes = true;
    action.draws = options->report;
    action.run = [options](distributed::World& world) { return run_study(world, *options); };
  });
}

}  // namespace

void add_study_commands(CLI::App& app, Action& action) {
  StudyOptions stages;
  stages.prepare = stages.train = stages.report = true;
  add_study_command(app, action, "run", "Prepare, train and report; resumes where an earlier start stopped",
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
