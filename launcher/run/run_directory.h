// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::config {
struct Experiment;
}

namespace musicmem::launcher {

// A task that failed, as it is kept on disk and shown in the report.
struct Failure {
  std::string task;     // "prepare <track>" or "fit <model>/<variant>/<seed>/<fold>"
  std::string hash;     // of the task
  std::string problem;  // one line without absolute paths
};

// The files of one run and where they lie.
class RunDirectory {
 public:
  explicit RunDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path experiment() const { return path_ / "experiment.yaml"; }
  std::filesystem::path manifest() const { return path_ / "manifest.json"; }
  std::filesystem::path plan() const { return path_ / "plan.json"; }
  // The settings of the fits that the plan lists; experiment.yaml holds those of the last start, which may
  // have ended before it came to plan.
  std::filesystem::path planned_experiment() const { return path_ / "plan.yaml"; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }  // of fits on their way
  std::filesystem::path folds() const { return path_ / "folds"; }
  std::filesystem::path logs() const { return path_ / "logs"; }
  std::filesystem::path progress() const { return logs() / "progress.json"; }
  std::filesystem::path failures() const { return path_ / "failures"; }
  std::filesystem::path report() const { return path_ / "report"; }
  std::filesystem::path explain() const { return path_ / "explain"; }
  std::filesystem::path tensorboard() const { return path_ / "tensorboard"; }
  std::filesystem::path lease() const { return path_ / "lease.json"; }

  // Makes the directory; throws Error where it cannot be written or holds the run of another study: another
  // name, or none of this study's `tracks`.
  void claim(const config::Experiment& experiment, const std::vector<std::string>& tracks) const;

  // Removes what earlier starts computed (folds, report, event files, failures, plan); logs stay.
  void clear() const;

  // Writes a resolved experiment, with paths relative to the run, to one of the run's two files for it.
  void write_experiment(const std::filesystem::path& file, const config::Experiment& experiment) const;

  // Writes the resolved experiment and the manifest: name, seeds, tracks, the program's revision and the
  // versions of its libraries, those of an earlier start where that trained.
  void describe(const config::Experiment& experiment, const std::vector<std::string>& tracks) const;

  // Puts the hash of the data into the manifest and, if this start `trains`, its revision and versions, which
  // stay those of the last start that made fits.
  void describe_inputs(const std::string& data_hash, bool trains) const;

  // One file per failed task; recording a success removes it.
  void record_failure(const Failure& failure) const;
  void record_success(const std::string& task) const;
  // Sorted by task. Files that are damaged are skipped: they say nothing that a new start would not find
  // again.
  std::vector<Failure> read_failures() const;
  // Removes the failures of tasks that are not in the plan any more.
  void keep_failures_of(const std::vector<std::string>& tasks, const std::string& kind) const;

 private:
  std::filesystem::path failure_path(const std::string& task) const;

  std::filesystem::path path_;
};

// Where the run of a study lies.
struct RunPlace {
  RunDirectory run;
  std::string note;  // for people: that the run lies where one would not look for it; else empty
};

// `given`, which is relative to the working directory, or runs/<name> beside the study's file; of the copy of
// it that a run wrote, that run. Earlier versions took runs/<name> of the working directory: a run of this
// study that lies there alone is gone on with.
RunPlace run_place(const std::filesystem::path& study_file, const config::Experiment& experiment,
                   const std::optional<std::string>& given);

// Opens the directory of a run for reading, or that of a study whose file is given. Throws Error, with the absolute path, if it holds none.
RunDirectory open_run(const std::filesystem::path& path);

}  // namespace musicmem::launcher
