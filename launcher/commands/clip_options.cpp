// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/commands/clip_options.h"

#include "config/error.h"
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
  add("--seconds", options.seconds, "how long it is");
  add("--offset", options.offset, "seconds into the file where it begins");
  if (!has_segments) return;
  add("--segment", options.segment, "seconds of one of its segments (default: 1)");
  add("--hop", options.hop, "seconds from one segment to the next (default: 0.5)");
}

config::ClipGeometry clip_of(const ClipOptions& options) {
  config::ClipGeometry clip;
  if (!options.study.empty()) clip = clip_of_study(options.study);
  clip.seconds = options.seconds.value_or(clip.seconds);
  clip.offset = options.offset.value_or(clip.offset);
  clip.segment = options.segment.value_or(clip.segment);
  clip.hop = options.hop.value_or(clip.hop);
  if (const auto wrong = range_problem(clip)) throw usage_error(*wrong, "features.clip");
  if (const auto wrong = conflict(clip)) throw usage_error(wrong->problem, "--" + wrong->key, wrong->advice);
  return clip;
}

}  // namespace musicmem::launcher
