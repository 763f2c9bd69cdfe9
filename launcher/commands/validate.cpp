// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/counted.h"
#include "distributed/cores.h"
#include "launcher/checks/store_check.h"
#include "launcher/checks/study_check.h"
#include "launcher/checks/study_needs.h"
#include "launcher/commands/commands.h"
#include "launcher/run/run_directory.h"
#include "launcher/study/study.h"

#include <cstdio>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

std::string bytes_text(std::uint64_t bytes) {
  char text[32];
  const double megabytes = static_cast<double>(bytes) / 1e6;
  std::snprintf(text, sizeof text, megabytes < 1000.0 ? "%.1f MB" : "%.3g GB",
                megabytes < 1000.0 ? megabytes : megabytes / 1000.0);
  return text;
}

// "0.1 to 0.9", or one number where both are the same as far as they are shown.
std::string range_text(const Range& range) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", range.least);
  const std::string least = text;
  std::snprintf(text, sizeof text, "%.3g", range.most);
  return least == text ? least : least + " to " + text;
}

void print_finding(const Finding& finding) {
  constexpr std::size_t examples = 5;
  std::printf("%s: %s\n", finding.stops_the_study() ? "error" : "warning", finding.text().c_str());
  if (finding.places.size() < 2) return;
  for (std::size_t i = 0; i < finding.places.size() && i < examples; ++i) {
    std::printf("  %s\n", finding.place_text(i).c_str());
  }
  if (finding.places.size() > examples) std::printf("  and %zu more\n", finding.places.size() - examples);
}

// The part of the path that exists, which tells the file system that the rest will be on.
fs::path existing_part(fs::path path) {
  std::error_code ignored;
  while (!path.empty() && path != path.root_path() && !fs::exists(path, ignored)) path = path.parent_path();
  return path;
}

// True if there is enough.
bool print_space(const std::string& what, const fs::path& place, std::uint64_t needed) {
  std::error_code error;
  const fs::space_info space = fs::space(existing_part(place), error);
  if (error) {
    std::printf("disk: %s: about %s needed; free space of %s is unknown\n", what.c_str(),
                bytes_text(needed).c_str(), place.c_str());
    return true;
  }
  std::printf("disk: %s: about %s needed, %s free in %s\n", what.c_str(), bytes_text(needed).c_str(),
              bytes_text(space.available).c_str(), place.c_str());
  if (space.available >= needed) return true;
  std::printf("error: not enough disk space for the %s; free some, or choose another place\n", what.c_str());
  return false;
}

// True if there is enough.
bool print_memory(const distributed::World& world, std::uint64_t needed) {
  const auto there = distributed::memory_per_rank(world.local_size());
  std::printf("memory: about %s per rank needed at most", bytes_text(needed).c_str());
  if (there)
    std::printf(", %s available per rank (%s on this node)", bytes_text(*there).c_str(),
                counted(static_cast<std::uint64_t>(world.local_size()), "rank").c_str());
  std::printf("\n");
  if (!there || *there >= needed) return true;
  std::printf("warning: not enough memory for so many ranks on one node; start fewer of them\n");
  return true;
}

int validate(const distributed::World& world, const StudyArguments& options) {
  const config::Experiment experiment = config::load_experiment(options.experiment, options.overrides);
  StudyCheck check = check_study(experiment);
  if (check.can_run()) {
    for (Finding& finding : check_stores(load_study(experiment)))
      check.findings.push_back(std::move(finding));
  }
  std::printf("study %s: %s, scores %s\n", experiment.name.c_str(), counted(check.tracks, "track").c_str(),
              range_text(check.scores).c_str());
  if (!check.rates.empty()) std::printf("clips: %s s\n", range_text(check.seconds).c_str());
  for (const std::string& rate : check.rates) std::printf("  %s\n", rate.c_str());
  for (const std::string& line : check.pretrained) std::printf("%s\n", line.c_str());
  for (const Finding& finding : check.findings) print_finding(finding);

  const StudyNeeds needs = estimate_needs(experiment, check.tracks, check.folds);
  const RunDirectory run = options.place_of(experiment).run;
  bool good = check.can_run();
  if (needs.feature_bytes > 0)
    good &= print_space("features", experiment.features.store, needs.feature_bytes);
  good &= print_space("run", run.path(), needs.run_bytes);
  good &= print_memory(world, needs.memory_per_rank);
  if (!good) {
    std::printf("Fix the errors above before the study is run.\n");
    return exit_code::error;
  }
  std::printf("The study can be run%s.\n",
              check.costs_clips() ? ", but the clips named above will fail" : "");
  return check.costs_clips() ? exit_code::failed_tasks : exit_code::done;
}

}  // namespace

void add_validate_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<StudyArguments>();
  CLI::App* command = app.add_subcommand("validate", "Check a study's data and settings without running it");
  options->add_to(*command);
  command->footer(
      "Reads every label and clip, names each class of problem with its number and the first five places, "
      "and\n"
      "estimates disk and memory. Changes nothing. Exits as `run` would: 0; 1 if something must be fixed\n"
      "first; 3 if the study can be run but clips would fail, such as one without audio.\n"
      "Example:\n  musicmem validate study.yaml");
  command->callback([&action, options] {
    action.run = [options](distributed::World& world) {
      return on_rank_zero(world, [&] { return validate(world, *options); });
    };
  });
}

}  // namespace musicmem::launcher
