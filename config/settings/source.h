// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/setting.h"

#include <filesystem>

namespace musicmem::config {

// `data`: what a study is made of.
struct Source {
  std::filesystem::path labels;  // CSV track,score
  std::filesystem::path audio;   // directory of the original clips
  std::filesystem::path table;   // EHC table instead of labels and audio; the others are then empty
  bool synthetic = false;
  bool ytmm = false;

  bool from_table() const { return !table.empty(); }
};

template <class V, SettingsOf<Source> S>
void visit(V& v, S& source) {
  using enum Effect;
  v("labels", source.labels, input, "CSV track,score");
  v("audio", source.audio, input,
    "directory of the original clips; may be left out where all features come from files");
  v("table", source.table, input, "EHC table in the published layout, instead of labels and audio");
  v("synthetic", source.synthetic, study, "made by demo-data: reports say so");
  v("ytmm", source.ytmm, study,
    "the published YTMM scores, whose ceiling reports show, whatever the names of the clips");
}

std::optional<Conflict> conflict(const Source& source);

}  // namespace musicmem::config
