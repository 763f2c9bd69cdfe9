// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

// The listening game of the YTMM study, as its public code plays it (Tseng et al., ISMIR 2023; LiyangTseng/AudMem).
namespace musicmem::data {

// Which clip sounds when, by places in a participant's own order of the clips.
struct GameDesign {
  std::vector<std::uint32_t> slots;
  std::vector<std::uint32_t> vigilance;  // places whose clips come again soon, to see who listens
};

// 405 slots of 235 clips, of which 149 come again after 10 to 276 slots and 21 of vigilance after 5 to 10.
const GameDesign& published_game();

// The file names of the 235 clips by their numbers.
const std::vector<std::string>& published_tracks();

}  // namespace musicmem::data
