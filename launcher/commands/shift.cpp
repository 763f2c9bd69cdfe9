// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "data/files/folder_entries.h"
#include "features/sound/audio.h"
#include "features/sound/kept_audio.h"
#include "features/sound/pitch_shift.h"
#include "launcher/commands/clip_options.h"
#include "launcher/commands/commands.h"
#include "launcher/run/clip_warnings.h"

#include <cmath>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>

namespace musicmem::launcher {
namespace {

struct ShiftOptions {
  std::string clip;
  double semitones = 0.0;
  std::string output;
  ClipOptions part;
};

int shift(const ShiftOptions& options) {
  if (!std::isfinite(options.semitones)) throw usage_error("give a number of semitones", "--semitones");
  if (std::filesystem::path(options.output).extension() != ".wav") {
    throw usage_error("'" + options.output + "' is not a .wav file", "--output",
                      "shifted clips are written as WAV");
  }
  const config::ClipGeometry part = clip_of(options.part);
  const features::ClipAudio clip =
      features::read_clip(data::as_spelled(options.clip), features::part_of(part));
  warn_of_clip(options.clip, clip.remarks(), part.seconds);
  features::write_clip(options.output,
                       features::pitch_shift(clip.samples, features::study_rate, options.semitones), part);
  return exit_code::done;
}

}  // namespace

void add_shift_command(CLI::App& app, Action& action) {
  constexpr double two_octaves = 24.0;
  auto options = std::make_shared<ShiftOptions>();
  CLI::App* command = app.add_subcommand("shift", "Shift the pitch of one clip, as augmentation does");
  command->add_option("clip", options->clip, "audio file")->required()->type_name("CLIP");
  command->add_option("--semitones", options->semitones, "how far, negative for down")
      ->required()
      ->check(CLI::Range(-two_octaves, two_octaves));
  command->add_option("--output", options->output, "mono 16 kHz WAV to write")->required()->type_name("FILE");
  add_clip_options(*command, options->part, /*has_segments=*/false);
  command->footer("Example:\n  musicmem shift clip.wav --semitones -3 --output lower.wav");
  command->callback([&action, options] {
    action.run = [options](distributed::World& world) {
      return on_rank_zero(world, [&] { return shift(*options); });
    };
  });
}

}  // namespace musicmem::launcher
