// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes as each of the files that a run keeps: its plan, progress, lease, timings, failures, the record and
// predictions of a fit, the scores of a search. They are read or said to be damaged.
#include "config/error.h"
#include "config/experiment.h"
#include "launcher/run/lease.h"
#include "launcher/run/run_directory.h"
#include "launcher/run/run_progress.h"
#include "launcher/run/timings.h"
#include "launcher/stages/fit_files.h"
#include "launcher/stages/search.h"
#include "launcher/study/run_plan.h"
#include "tests/fuzz/input_file.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <unistd.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

// A run each of whose files is the input.
class Run {
 public:
  Run() : run_(fs::temp_directory_path() / ("musicmem-fuzz-" + std::to_string(::getpid()))) {
    experiment_.models.emplace_back();
    experiment_.models.back().name = experiment_.models.back().label = "mean";
    task_.candidates = {0};
    task_.hash = "hash";
    const fs::path scores = search_checkpoints(run_, task_, {}, experiment_).string() + ".json";
    for (const fs::path& link : {run_.plan(), run_.progress(), run_.lease(), run_.logs() / "timings.jsonl",
                                 run_.failures() / "one.json", fit() / "metrics.json", scores}) {
      fs::create_directories(link.parent_path());
      fs::create_symlink(input_.path(), link);
    }
  }
  ~Run() { fs::remove_all(run_.path()); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  const testing_support::InputFile& input() const { return input_; }
  const RunDirectory& directory() const { return run_; }
  fs::path fit() const { return run_.folds() / "svr"; }
  void read_scores_of_search() const { read_scores(run_, task_, {}, experiment_); }

 private:
  testing_support::InputFile input_;
  RunDirectory run_;
  config::Experiment experiment_;
  SearchTask task_;
};

template <typename Reader>
void read_by(const Reader& read) {
  try {
    read();
  } catch (const Error&) {  // expected of bytes that are no such file
  }
}

void read_all(const Run& run) {
  const RunDirectory& directory = run.directory();
  read_by([&] { read_run_plan(directory); });
  read_by([&] { read_plan_origin(directory); });
  read_by([&] { directory.read_failures(); });
  read_by([&] { read_fit_record(run.fit()); });
  read_by([&] { read_predictions(run.input().path()); });
  read_by([&] { look_at_lease(directory.lease(), std::chrono::milliseconds(0)); });
  read_by([&] { run.read_scores_of_search(); });
  read_run_progress(directory);
  if (const auto hash = hash_of_fit(run.fit())) check_fit(run.fit(), *hash);
  write_timings_page(directory);
}

}  // namespace
}  // namespace musicmem::launcher

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const musicmem::launcher::Run run;
  run.input().put(data, size);
  musicmem::launcher::read_all(run);
  return 0;
}
