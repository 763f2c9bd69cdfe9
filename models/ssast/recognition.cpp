// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/recognition.h"

#include "config/error.h"
#include "models/ssast/names.h"

#include <cstdlib>
#include <ranges>
#include <string_view>
#include <utility>

#include <fmt/ranges.h>

namespace musicmem::models {
namespace {

using weights::StateDict;
using weights::Tensor;

const Tensor* find_rank(const SsastTensors& tensors, const std::string& name, std::size_t rank) {
  const Tensor* tensor = tensors.find(name);
  return tensor != nullptr && tensor->shape.size() == rank ? tensor : nullptr;
}

std::int64_t scalar(const SsastTensors& tensors, const std::string& name) {
  const Tensor* tensor = tensors.find(name);
  if (tensor == nullptr || tensor->elements() != 1 || weights::is_floating(tensor->type)) return 0;
  return tensor->integers().front();
}

// The rows of the grid that pre-training names for so many patches: its size, or that of the input which it
// cuts without overlap. 0 where it names none that fits.
std::int64_t named_rows(const SsastShape& shape, const SsastTensors& tensors, std::int64_t patches) {
  const std::int64_t bins = scalar(tensors, "p_input_fdim");
  const std::int64_t frames = scalar(tensors, "p_input_tdim");
  const auto fits = [patches](std::int64_t rows, std::int64_t columns) {
    return rows > 0 && rows <= patches && patches % rows == 0 && columns == patches / rows;
  };
  if (fits(bins, frames)) return bins;
  return fits(bins / shape.patch_bins, frames / shape.patch_frames) ? bins / shape.patch_bins : 0;
}

// Pre-training cuts without overlap.
void set_pretraining_grid(SsastRecognition& found, std::int64_t rows, std::int64_t patches) {
  SsastGrid grid{rows, patches / rows, found.shape.patch_frames, 0, 0};
  grid.shortest = grid.frames * grid.stride;
  grid.longest = grid.shortest + grid.stride - 1;
  found.grids = {grid};
  found.is_pretraining = true;
}

// Pre-training names its grid, or has the published one and no head; fine-tuning tells the number of its
// patches alone.
void set_grids(SsastRecognition& found, const SsastTensors& tensors, std::int64_t patches,
               const GridHints& hints) {
  constexpr std::int64_t pretraining_patches = 512;
  constexpr std::int64_t pretraining_rows = 8;
  const bool frames = found.shape.patch_bins == found.shape.mel_bins;
  const std::int64_t named = named_rows(found.shape, tensors, patches);
  if (named > 0) {
    set_pretraining_grid(found, named, patches);
  } else if (!found.has_head && !frames && patches == pretraining_patches) {
    set_pretraining_grid(found, pretraining_rows, patches);
  } else {
    found.grids = possible_grids(found.shape, patches, hints);
  }
  if (found.is_pretraining || found.grids.size() != 1) return;
  const SsastGrid& grid = found.grids.front();
  if (!frames) found.shape.stride_bins = grid.stride;
  found.shape.stride_frames = grid.stride;
  found.shape.target_length = hints.frames.value_or(grid.shortest);
}

// One output: the plain head or the paper's.
void set_head(SsastRecognition& found, const SsastTensors& tensors) {
  const Tensor* plain = find_rank(tensors, "mlp_head.1.weight", 2);
  const Tensor* paper = find_rank(tensors, "mlp_head.6.weight", 2);
  if (paper != nullptr && paper->shape[0] == 1) {
    found.has_head = true;
    found.shape.head = config::SsastHead::paper;
  } else if (paper == nullptr && plain != nullptr && plain->shape[0] == 1) {
    found.has_head = true;
    found.shape.head = config::SsastHead::plain;
  }
}

std::string head_text(const SsastRecognition& found, const SsastTensors& tensors) {
  if (found.has_head) return config::to_string(found.shape.head) + " regression head";
  if (tensors.find("mlp_head.1.weight") != nullptr) return "a head of more than one output";
  return found.is_pretraining ? "pre-training, without a head" : "without a head";
}

// Positions [1, 2 + patches, width] and the convolution [width, 1, bins, frames] of patches.
bool fit_together(const Tensor& positions, const Tensor& patches) {
  constexpr std::int64_t largest_patch = 1024;
  const auto in_range = [](std::int64_t extent) { return extent >= 1 && extent <= largest_patch; };
  return positions.shape[0] == 1 && positions.shape[1] >= 3 && positions.shape[2] == patches.shape[0] &&
         patches.shape[1] == 1 && in_range(patches.shape[2]) && in_range(patches.shape[3]);
}

// "12x49", or "12x4 or 8x6".
std::string grid_text(const std::vector<SsastGrid>& grids) {
  if (grids.empty()) return "unknown";
  const auto text = [](const SsastGrid& grid) { return fmt::format("{}x{}", grid.bins, grid.frames); };
  return fmt::format("{}", fmt::join(grids | std::views::transform(text), " or "));
}

// Blocks behind a gap would be left out, and the others give other scores without them.
void require_all_blocks(const StateDict& state, std::int64_t depth) {
  constexpr std::string_view start = "v.blocks.";
  for (const auto& [name, tensor] : state.entries) {
    const std::size_t place = name.find(start);
    if (place == std::string::npos || std::atoll(name.c_str() + place + start.size()) < depth) continue;
    throw Error("holds '" + name + "' but no v.blocks." + std::to_string(depth) + ".norm1.weight",
                state.origin, "fetch the file again, or save the model's whole state_dict");
  }
}

}  // namespace

std::optional<SsastRecognition> recognise_ssast(const StateDict& state, const GridHints& hints) {
  const SsastTensors tensors(state);
  const Tensor* positions = find_rank(tensors, "v.pos_embed", 3);
  const Tensor* patches = find_rank(tensors, "v.patch_embed.proj.weight", 4);
  if (positions == nullptr || patches == nullptr || !fit_together(*positions, *patches)) return std::nullopt;
  SsastRecognition found;
  found.prefix = tensors.prefix();
  found.shape.width = positions->shape[2];
  found.shape.heads = heads_of(found.shape.width);
  found.shape.depth = 0;
  while (tensors.find("v.blocks." + std::to_string(found.shape.depth) + ".norm1.weight") != nullptr) {
    ++found.shape.depth;
  }
  const std::vector<std::int64_t> patch = patches->shape;
  if (patch[2] == 128 && patch[3] == 2) {
    set_patches(found.shape, config::SsastPatches::frame);
  } else {
    found.shape.patch_bins = patch[2];
    found.shape.patch_frames = patch[3];
  }
  if (found.shape.patch_bins > found.shape.mel_bins) return std::nullopt;
  set_head(found, tensors);
  found.patches = positions->shape[1] - 2;
  set_grids(found, tensors, found.patches, hints);
  if (found.grids.empty() && possible_grids(found.shape, found.patches, {}).empty()) return std::nullopt;
  found.description = "SSAST " + describe(found.shape) + ", grid " + grid_text(found.grids) + ", " +
                      head_text(found, tensors);
  return found;
}

SsastRecognition require_ssast(const StateDict& state) {
  const SsastTensors tensors(state);
  if (tensors.prefixes().size() > 1) {
    throw Error("holds several SSAST models, under '" + tensors.prefixes()[0] + "' and '" +
                    tensors.prefixes()[1] + "'",
                state.origin, "save one of them: torch.save(model.state_dict(), FILE)");
  }
  std::optional<SsastRecognition> found = recognise_ssast(state);
  if (!found) {
    throw Error(
        "holds no SSAST model: v.pos_embed and v.patch_embed.proj.weight are missing or do not fit together",
        state.origin, "`musicmem inspect FILE` lists what it holds");
  }
  require_all_blocks(state, found->shape.depth);
  return std::move(*found);
}

}  // namespace musicmem::models
