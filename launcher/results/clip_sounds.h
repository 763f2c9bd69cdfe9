// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/clip.h"
#include "config/settings/report.h"

#include <filesystem>
#include <string>

namespace musicmem::launcher {

// Where the clips of a run lie, and how its report lets one hear them.
struct ClipSounds {
  config::ReportAudio form = config::ReportAudio::none;
  std::filesystem::path directory;  // of the clips; empty in a study without
  config::ClipGeometry clip;

  // What an <audio> of the page in `page_directory` plays for a track: for `embed` what the models heard, mono at 16 kHz,
  // at most its first ten seconds, as FLAC in the address itself; for `link` the address of the file as seen from
  // there. Empty for `none`, and where the file is not there or cannot be read.
  // What is embedded is kept in sounds/ below `page_directory`, named for `checksum` (PlannedTrack::audio), so that it need
  // not be made again; nothing is kept of a track without one.
  std::string address(const std::string& track, const std::string& checksum,
                      const std::filesystem::path& page_directory) const;

  // Of what is kept there for a track.
  std::string kept_name(const std::string& checksum) const;
};

}  // namespace musicmem::launcher
