// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/files/folder_entries.h"
#include "data/files/known_files.h"
#include "features/sources/stem_sources.h"
#include "features/sources/timbre_source.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::features {

// Stems that a source separator such as Spleeter or Demucs wrote, one folder per clip with the files
// vocals, drums, bass and other (any audio, rate, channels and capitals), and what other sources it knows
// (stem_sources.h says where they go). <clip> is the file name without its extension, in any form of Unicode,
// or its id (data::clip_id); <variant> is "original" or "<n>_semitones". The first of these that exists is
// taken for each variant:
//
//   <clip>_<variant>_<segment>/   separated segment by segment, from 1 on
//   <clip>_<variant>/             separated after the shift
//   <clip>/                       of the original; shifted like the mix for the other variants
//
// Stems of whole clips are as long as the clip's file, or as the part of it that is used.
class StemDirectory : public TimbreSource {
 public:
  explicit StemDirectory(const std::filesystem::path& directory, const config::ClipGeometry& clip = {});

  void open(const PitchVariants& variants) override;
  ClipTimbre levels(std::size_t variant, const ClipSpectrum& spectrum) override;
  std::string anomaly() const override { return residual_.anomaly(); }

 private:
  Stems read_clip_stems(const std::filesystem::path& folder, std::size_t variant);
  ClipTimbre timbre_of_segments(const std::vector<std::filesystem::path>& folders, std::size_t variant);

  data::FolderEntries clips_;
  config::ClipGeometry clip_;
  Segments segments_;
  const PitchVariants* variants_ = nullptr;
  std::optional<Stems> originals_;  // the clip's own, for the variants that they are shifted to
  StemsResidual residual_;          // of the stems that were read
};

// Throws Error where StemDirectory would find no folder for one of these variants of the clip, or a source is
// missing or has no place there. The files are not opened.
void require_stems(const data::FolderEntries& clips, const std::string& track,
                   const std::vector<int>& semitones, const config::ClipGeometry& clip = {});

// A hash of the bytes of every file that StemDirectory would read for these variants of the clip; it also
// tells a missing file from an empty one. Files that are `known` are not read again.
std::string stem_files_hash(const data::FolderEntries& clips, const std::string& track,
                            const std::vector<int>& semitones, data::KnownFiles& known,
                            const config::ClipGeometry& clip = {});

}  // namespace musicmem::features
