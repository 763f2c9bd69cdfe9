// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/commands/clip_options.h"

#include "config/experiment.h"
#include "launcher/run/run_directory.h"

#include <filesystem>

#include <CLI/CLI.hpp>

namespace musicmem::launcher {
namespace {

// Of a study's file, or of the study that a run was made from.
config::ClipGeometry clip_of_study(const std::string& study) {
  const bool is_run = std::filesystem::is_directory(study);
  return config::load_experiment(is_run ? open_run(study).planned_experiment() : std::filesystem::path(study))
      .features.clip;
}

}  // namespace

void add_clip_options(CLI::App& command, ClipOptions& options, bool has_segments, const std::string& usual) {
  const std::string group = "The part of each file that is taken (default: " + usual + ")";
  const auto add = [&](const char* name, std::optional<double>& value, const char* meaning) {
    command.add_option(name, value, meaning)->type_name("S")->group(group);
  };
  command.add_option("--study", options.study, "that of a study's file, or of a run")
      ->type_name("STUDY")
      ->group(group);
  add("--seconds", options.choice.seconds, "how long it is");
  add("--offset", options.choice.offset, "seconds into the file where it begins");
  if (!has_segments) return;
  add("--segment", options.choice.segment, "seconds of one of its segments (default: 1)");
  add("--hop", options.choice.hop, "seconds from one segment to the next (default: 0.5)");
}

config::ClipGeometry clip_of(const ClipOptions& options) {
  return options.choice.over(options.study.empty() ? config::ClipGeometry{} : clip_of_study(options.study));
}

config::ClipChoice choice_of(const ClipOptions& options) {
  if (options.study.empty()) return options.choice;
  const config::ClipGeometry clip = clip_of(options);
  return {clip.seconds, clip.offset, clip.segment, clip.hop};
}

}  // namespace musicmem::launcher
