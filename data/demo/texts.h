// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/demo/listeners.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The text files of a synthetic study, as bytes.
namespace musicmem::data {

// The first line of its README.txt, by which a synthetic study is known.
inline constexpr std::string_view demo_title = "A synthetic study of music memorability";

// Everything about a synthetic study but its sound; lists are of its clips.
struct DemoStudy {
  std::uint64_t seed = 0;
  std::vector<std::string> tracks;  // file names
  std::vector<ClipTraits> traits;
  std::vector<Hearing> hearings;
  std::vector<DemoArtist> artists;  // of each clip; empty in a study without groups
  bool ssast = false;               // the experiment trains a small transformer as well
};

// `track,score[,group]`, one row a clip.
std::string labels_csv(const DemoStudy& study);

// One row a clip with all that its score follows from: see readme_txt for the columns.
std::string truth_csv(const DemoStudy& study);

// A configuration that runs in minutes on one core; paths are relative to the study's directory.
std::string experiment_yaml(const DemoStudy& study);

// Says that the study is synthetic, what was planted, and how to run it.
std::string readme_txt(const DemoStudy& study);

}  // namespace musicmem::data
