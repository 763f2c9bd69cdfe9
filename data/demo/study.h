// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/demo/song.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

// A whole study without a data set: synthetic clips whose memorability follows known effects.
namespace musicmem::data {

struct DemoOptions {
  std::filesystem::path directory;
  int clips = 60;  // 2 .. 99999
  std::uint64_t seed = 7;
  bool ssast = false;   // the experiment trains a small transformer as well
  bool groups = false;  // five clips each of artists, which share sound and score
};

struct DemoSummary {
  std::filesystem::path directory;
  std::filesystem::path experiment;  // the file to give to `musicmem run`
  int clips = 0;
  std::uint64_t seed = 0;
  double mean_score = 0.0;
  double score_spread = 0.0;  // population standard deviation
};

using DemoProgress = std::function<void(int done, int total)>;

// Writes labels, the listeners' log in two layouts, clips, truth.csv, experiment.yaml and README.txt below `options.directory`, which is made
// where it is missing. The same options give the same bytes; a directory that already holds that study is
// completed, and its experiment.yaml and README.txt are left as the user has them. `progress`, if given, is called after each
// clip. Throws Error for a number of clips out of range, a directory that cannot be written, and one that
// holds anything but this study under the names above.
DemoSummary make_demo_study(const DemoOptions& options, const DemoProgress& progress = {});

// Whether these labels were written by make_demo_study: the study's truth.csv lies where it puts it. For
// programs that say so wherever the study is shown.
bool is_demo_study(const std::filesystem::path& labels);

// File name of a clip: `normalize_5s_intro_<11 characters>.wav`. The id is a hash of (seed, index) over
// [A-Za-z0-9_-] that begins with a letter: studies of different seeds share no track.
std::string demo_track(std::uint64_t seed, int index);

inline constexpr int demo_clips_per_artist = 5;

// The artist of a clip in a study with groups: traits that its clips share but for small deviations, and a
// name that makes them better or worse remembered, of which their sound tells no more than whose they are.
DemoArtist demo_artist(std::uint64_t seed, int index);

// The traits of the first `clips` clips, in a study with groups as their artists have them; a larger study of the same seed begins with the smaller one.
std::vector<ClipTraits> demo_traits(std::uint64_t seed, int clips, bool groups = false);

}  // namespace musicmem::data
