// SPDX-License-Identifier: GPL-3.0-or-later
// report_bench [MODELS VARIANTS SEEDS FOLDS TRACKS]: makes a run of so many fits in a temporary directory
// (default 10 x 4 x 4 x 10 fits over 235 tracks), and says how long reading it and writing its report take
// and how much memory the process needed.
#include "data/files/csv.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "data/generator.h"
#include "launcher/report/report.h"
#include "launcher/run/json_file.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace musicmem;
using nlohmann::json;
namespace fs = std::filesystem;

struct Grid {
  int models = 10;
  int variants = 4;
  int seeds = 4;
  int folds = 10;
  int tracks = 235;
};

json planned_tracks(const Grid& grid, data::Generator& generator) {
  json tracks = json::array();
  for (int t = 0; t < grid.tracks; ++t) {
    tracks.push_back({{"track", "normalize_5s_intro_" + std::to_string(t) + ".wav"},
                      {"label", 0.2 + 0.8 * generator.uniform()},
                      {"fold", t * grid.folds / grid.tracks}});
  }
  return tracks;
}

void write_fit(const fs::path& directory, const std::string& seed, int fold, const json& tracks,
               data::Generator& generator) {
  std::string text = "track,fold,seed,label,prediction\n";
  for (const json& track : tracks) {
    if (track.at("fold") != fold) continue;
    const double label = track.at("label");
    text += track.at("track").get<std::string>() + "," + std::to_string(fold) + "," + seed + "," +
            data::format_number(label) + "," +
            data::format_number(0.5 + 0.4 * (label - 0.5) + 0.2 * generator.uniform()) + "\n";
  }
  fs::create_directories(directory);
  data::write_file(directory / "predictions.csv", text);
  data::write_file(directory / "metrics.json",
                   json({{"hash", "h"}, {"checksums", {{"predictions.csv", data::checksum(text)}}}}).dump());
}

void make_run(const fs::path& run, const Grid& grid) {
  data::Generator generator(1);
  const json tracks = planned_tracks(grid, generator);
  json fits = json::array();
  for (int m = 0; m < grid.models; ++m) {
    for (int v = 0; v < grid.variants; ++v) {
      for (int s = 0; s < grid.seeds; ++s) {
        for (int f = 0; f < grid.folds; ++f) {
          const std::string model = "model" + std::to_string(m);
          const std::string variant = v == 0 ? "vanilla" : "variant" + std::to_string(v);
          const std::string seed = std::to_string(s);
          const std::string directory =
              model + "/" + variant + "/seed-" + seed + "/fold-" + std::to_string(f);
          write_fit(run / "folds" / directory, seed, f, tracks, generator);
          fits.push_back({{"model", model},
                          {"variant", variant},
                          {"seed", seed},
                          {"fold", f},
                          {"directory", directory},
                          {"hash", "h"}});
        }
      }
    }
  }
  data::write_file(run / "experiment.yaml", "name: bench\n");
  launcher::write_json(run / "plan.json", {{"name", "bench"},
                                           {"synthetic", false},
                                           {"ytmm", false},
                                           {"from_table", true},
                                           {"protocol", "strict"},
                                           {"pooling", "mean"},
                                           {"folds", grid.folds},
                                           {"uses_ehc", true},
                                           {"stems_source", "approximate"},
                                           {"emotion_source", "none"},
                                           {"warnings", json::array()},
                                           {"adjusted", json::array()},
                                           {"tracks", tracks},
                                           {"fits", fits}});
}

}  // namespace

int main(int argc, char** argv) {
  Grid grid;
  int* const numbers[] = {&grid.models, &grid.variants, &grid.seeds, &grid.folds, &grid.tracks};
  for (int i = 0; i + 1 < argc && i < 5; ++i) *numbers[i] = std::atoi(argv[i + 1]);
  const fs::path run = fs::temp_directory_path() / ("musicmem-report-bench-" + std::to_string(::getpid()));
  make_run(run, grid);

  using Clock = std::chrono::steady_clock;
  const auto seconds_since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  const auto start = Clock::now();
  launcher::RunResults results = launcher::read_run_results(launcher::RunDirectory(run));
  const double reading = seconds_since(start);
  const auto report = launcher::make_report(std::move(results), {}, false);
  const double comparing = seconds_since(start) - reading;
  launcher::write_report(*report, run / "report");
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "%zu fits: reading and bootstrap %.2f s, tests %.2f s, writing %.2f s, together %.2f s, peak %ld MB\n",
      report->results.finished_fits(), reading, comparing, seconds_since(start) - reading - comparing,
      seconds_since(start), usage.ru_maxrss / 1024);
  fs::remove_all(run);
  return 0;
}
