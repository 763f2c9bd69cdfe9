// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/checks/source_check.h"

#include "config/experiment.h"
#include "config/io_error.h"
#include "data/files/names.h"
#include "features/ehc.h"
#include "features/sound/audio.h"
#include "features/sound/pitch_variants.h"
#include "features/sources/side_inputs.h"
#include "features/sources/stem_directory.h"
#include "launcher/study/study.h"

#include <filesystem>
#include <optional>
#include <string>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

// Reads the stems of a clip's original pitch and holds them against it.
void check_stems(features::StemDirectory& stems, const features::SoundPart& part, const std::string& track,
                 const fs::path& audio, Findings& findings) {
  features::PitchVariants clip;
  try {
    clip = features::original_only(track, features::read_clip(audio, part));
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    return;  // the clip has its own finding
  }
  stems.open(clip);
  stems.levels(0, {});
  if (stems.anomaly().empty()) return;
  findings.note("clip has stems that may not be its own", "separate this very clip, with no stem made louder",
                track + " " + stems.anomaly());
}

}  // namespace

void check_sources(const config::Experiment& experiment, const data::LabelledClips& clips, CheckDepth depth,
                   Findings& findings) {
  if (!has_side_inputs(experiment)) return;
  const config::ClipGeometry& clip = experiment.features.clip;
  const features::SideInputs beside(experiment.features.ehc, clip);
  if (depth == CheckDepth::sound) {  // its separator and emotion model open
    const features::EhcExtractor opens(experiment.features, /*gpu=*/-1);
  }
  const config::Stems& stems = experiment.features.ehc.stems;
  std::optional<features::StemDirectory> folders;  // whose files are read
  if (depth == CheckDepth::sound && stems.source == config::Stems::Source::directory)
    folders.emplace(stems.path, clip);
  for (std::size_t i = 0; i < clips.names.size(); ++i) {
    try {
      beside.require(clips.names[i], experiment.augment.pitch_semitones);
      if (folders && !clips.audio[i].empty())
        check_stems(*folders, features::part_of(clip), clips.names[i], clips.audio[i], findings);
    } catch (const IoError&) {
      throw;
    } catch (const Error& error) {
      const std::string file = fs::path(error.where()).filename().string();
      const bool names_clip = error.problem().find("'" + data::stem_of(clips.names[i])) != std::string::npos;
      findings.clip_error(
          "clip has no stems, tempo or emotion that can be used", error.advice(),
          names_clip ? error.problem()
                     : clips.labels[i].track + ": " + (file.empty() ? "" : file + " ") + error.problem());
    }
  }
}

}  // namespace musicmem::launcher
