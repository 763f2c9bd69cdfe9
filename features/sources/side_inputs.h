// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/features.h"
#include "data/files/folder_entries.h"
#include "data/files/known_files.h"
#include "data/track_values.h"

#include <optional>
#include <string>
#include <vector>

namespace musicmem::features {

struct StaticEmotion {
  double valence = 0.0;
  double arousal = 0.0;
};

// What the explainable features of a clip take from beside its audio: rows of the tempo and the emotion
// table, and the files of its stems.
class SideInputs {
 public:
  // Reads the tables. Throws Error where one lacks a column or the directory of stems is not there.
  explicit SideInputs(const config::EhcSettings& settings, const config::ClipGeometry& clip = {});

  // The tempo that a table gives the clip of this file name; empty where the tempo is estimated. Throws Error
  // where the table has no row for the track.
  std::optional<double> bpm(const std::string& track) const;

  // The same of valence and arousal.
  std::optional<StaticEmotion> emotion(const std::string& track) const;

  // What was read otherwise than it is written, for each table (data::CsvFile::note).
  std::vector<std::string> notes() const;

  // Throws Error where a row or a source of the clip at these pitches is missing.
  void require(const std::string& track, const std::vector<int>& semitones) const;

  // A hash of all of it for one clip and the pitches of a study: what else than the audio its work depends
  // on. Empty where that is nothing. Stems that are `known` are not read again.
  std::string hash(const std::string& track, const std::vector<int>& semitones,
                   data::KnownFiles& known) const;

 private:
  config::ClipGeometry clip_;
  std::optional<data::FolderEntries> stems_;
  std::optional<data::TrackValues> tempo_;
  std::optional<data::TrackValues> emotion_;
};

}  // namespace musicmem::features
