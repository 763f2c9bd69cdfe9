// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/grid.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <ranges>

#include <fmt/ranges.h>

namespace musicmem::models {
namespace {

bool is_published(const SsastShape& shape, std::int64_t stride) {
  if (shape.patch_bins == shape.mel_bins) return stride == 1;
  return stride == 10 || stride == 16;
}

// Lengths of published fine-tunings (1, 5 and 10 s, with or without the frames that a window lacks; Speech
// Commands; powers of two).
bool has_usual_length(const SsastGrid& grid) {
  constexpr std::array lengths = {98, 100, 128, 498, 500, 512, 998, 1000, 1024};
  return std::any_of(lengths.begin(), lengths.end(),
                     [&](int length) { return grid.shortest <= length && length <= grid.longest; });
}

std::optional<SsastGrid> grid_of(const SsastShape& shape, std::int64_t patches, std::int64_t stride) {
  SsastGrid grid;
  grid.stride = stride;
  grid.bins = (shape.mel_bins - shape.patch_bins) / stride + 1;
  if (patches < 1 || patches % grid.bins != 0) return std::nullopt;
  grid.frames = patches / grid.bins;
  grid.shortest = (grid.frames - 1) * stride + shape.patch_frames;
  grid.longest = grid.shortest + stride - 1;
  return grid;
}

std::vector<SsastGrid> all_grids(const SsastShape& shape, std::int64_t patches, const GridHints& hints) {
  std::vector<SsastGrid> grids;
  const std::int64_t first = hints.stride.value_or(1);
  const std::int64_t last = hints.stride.value_or(shape.patch_frames);
  for (std::int64_t stride = std::max<std::int64_t>(first, 1); stride <= last; ++stride) {
    const auto grid = grid_of(shape, patches, stride);
    const bool agrees =
        grid && (!hints.frames || (grid->shortest <= *hints.frames && *hints.frames <= grid->longest));
    if (agrees) grids.push_back(*grid);
  }
  return grids;
}

}  // namespace

std::string to_string(const SsastGrid& grid) {
  return std::to_string(grid.bins) + " x " + std::to_string(grid.frames) + " patches of stride " +
         std::to_string(grid.stride) + " (" + std::to_string(grid.shortest) +
         (grid.longest > grid.shortest ? " to " + std::to_string(grid.longest) : "") + " frames)";
}

std::string to_string(const std::vector<SsastGrid>& grids) {
  const auto text = [](const SsastGrid& grid) { return to_string(grid); };
  return fmt::format("{}", fmt::join(grids | std::views::transform(text), " or "));
}

std::vector<SsastGrid> possible_grids(const SsastShape& shape, std::int64_t patches, const GridHints& hints) {
  const std::vector<SsastGrid> all = all_grids(shape, patches, hints);
  std::vector<SsastGrid> found;
  std::copy_if(all.begin(), all.end(), std::back_inserter(found),
               [&](const SsastGrid& grid) { return is_published(shape, grid.stride); });
  if (std::none_of(found.begin(), found.end(), has_usual_length)) {
    std::copy_if(all.begin(), all.end(), std::back_inserter(found), [&](const SsastGrid& grid) {
      return !is_published(shape, grid.stride) && has_usual_length(grid);
    });
  }
  if (found.empty()) found = all;
  std::stable_partition(found.begin(), found.end(), has_usual_length);
  return found;
}

}  // namespace musicmem::models
