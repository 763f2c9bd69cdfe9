// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/ssast/shape.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::models {

// How fine-tuning cuts a spectrogram into patches, with one stride along both axes (along time alone where a
// patch is as high as the spectrogram).
struct SsastGrid {
  std::int64_t bins = 0;    // patches along frequency
  std::int64_t frames = 0;  // and along time
  std::int64_t stride = 0;
  std::int64_t shortest = 0;  // target lengths that give it; frames beyond the shortest are not heard
  std::int64_t longest = 0;

  bool operator==(const SsastGrid&) const = default;
};

std::string to_string(const SsastGrid& grid);  // "8 x 6 patches of stride 16 (96 to 111 frames)"
std::string to_string(const std::vector<SsastGrid>& grids);  // joined by " or "

// What is known of a grid besides its number of patches.
struct GridHints {
  std::optional<std::int64_t> stride;
  std::optional<std::int64_t> frames;  // target length

  bool operator==(const GridHints&) const = default;
};

// The grids of `shape`'s patches that have so many of them and agree with the hints, the likeliest first.
// Strides that SSAST is published with go before others, which count only where they make a usual length
// (one, five or ten seconds ...) and no published one does. Several: the number of patches does not tell the
// grid. None: no stride gives it.
std::vector<SsastGrid> possible_grids(const SsastShape& shape, std::int64_t patches, const GridHints& hints);

}  // namespace musicmem::models
