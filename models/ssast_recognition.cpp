// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "models/ssast_names.h"
#include "models/ssast_weights.h"

#include <cstdlib>
#include <string_view>
#include <utility>

namespace musicmem::models {
namespace {

using weights::StateDict;
using weights::Tensor;

const Tensor* find_rank(const StateDict& state, const std::string& name, std::size_t rank) {
  const Tensor* tensor = find_named(state, name);
  return tensor != nullptr && tensor->shape.size() == rank ? tensor : nullptr;
}

std::int64_t scalar(const StateDict& state, const std::string& name) {
  const Tensor* tensor = find_named(state, name);
  if (tensor == nullptr || tensor->elements() != 1 || weights::is_floating(tensor->type)) return 0;
  return tensor->integers().front();
}

// The rows of the grid that pre-training names for so many patches: its size, or that of the input which it
// cuts without overlap. 0 where it names none that fits.
std::int64_t named_rows(const SsastShape& shape, const StateDict& state, std::int64_t patches) {
  const std::int64_t bins = scalar(state, "p_input_fdim");
  const std::int64_t frames = scalar(state, "p_input_tdim");
  const auto fits = [patches](std::int64_t rows, std::int64_t columns) {
    return rows > 0 && rows <= patches && patches % rows == 0 && columns == patches / rows;
  };
  if (fits(bins, frames)) return bins;
  return fits(bins / shape.patch_bins, frames / shape.patch_frames) ? bins / shape.patch_bins : 0;
}

// The grid of so many patches. Pre-training names its own; fine-tuning cuts 12 rows of overlapping patches of
// 16 bins, and without overlap there are 8.
void set_grid(SsastRecognition& found, const StateDict& state, std::int64_t patches) {
  constexpr std::int64_t overlapping_rows = 12;
  constexpr std::int64_t separate_rows = 8;
  constexpr std::int64_t pretraining_patches = 512;
  const bool frames = found.shape.patch_bins == found.shape.mel_bins;
  const std::int64_t named = named_rows(found.shape, state, patches);
  if (named > 0) {
    found.grid_bins = named;
    found.is_pretraining = true;
  } else if (frames) {
    found.grid_bins = 1;
  } else if (!found.has_head && patches == pretraining_patches) {
    found.grid_bins = separate_rows;
    found.is_pretraining = true;
  } else {
    found.grid_bins = patches % overlapping_rows == 0 ? overlapping_rows : separate_rows;
  }
  found.grid_frames = patches / found.grid_bins;
  if (found.is_pretraining) return;
  if (!frames && found.grid_bins == separate_rows) found.shape.stride_bins = found.shape.stride_frames = 16;
  found.shape.target_length = (found.grid_frames - 1) * found.shape.stride_frames + found.shape.patch_frames;
}

// One output: the plain head or the paper's.
void set_head(SsastRecognition& found, const StateDict& state) {
  const Tensor* plain = find_rank(state, "mlp_head.1.weight", 2);
  const Tensor* paper = find_rank(state, "mlp_head.6.weight", 2);
  if (paper != nullptr && paper->shape[0] == 1) {
    found.has_head = true;
    found.shape.head = config::SsastHead::paper;
  } else if (paper == nullptr && plain != nullptr && plain->shape[0] == 1) {
    found.has_head = true;
    found.shape.head = config::SsastHead::plain;
  }
}

std::string head_text(const SsastRecognition& found, const StateDict& state) {
  if (found.has_head) return config::to_string(found.shape.head) + " regression head";
  if (find_named(state, "mlp_head.1.weight") != nullptr) return "a head of more than one output";
  return found.is_pretraining ? "pre-training, without a head" : "without a head";
}

// Positions [1, 2 + patches, width] and the convolution [width, 1, bins, frames] of patches.
bool fit_together(const Tensor& positions, const Tensor& patches) {
  constexpr std::int64_t largest_patch = 1024;
  const auto in_range = [](std::int64_t extent) { return extent >= 1 && extent <= largest_patch; };
  return positions.shape[0] == 1 && positions.shape[1] >= 3 && positions.shape[2] == patches.shape[0] &&
         patches.shape[1] == 1 && in_range(patches.shape[2]) && in_range(patches.shape[3]);
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

std::optional<SsastRecognition> recognise_ssast(const StateDict& state) {
  const Tensor* positions = find_rank(state, "v.pos_embed", 3);
  const Tensor* patches = find_rank(state, "v.patch_embed.proj.weight", 4);
  if (positions == nullptr || patches == nullptr || !fit_together(*positions, *patches)) return std::nullopt;
  SsastRecognition found;
  found.shape.width = positions->shape[2];
  found.shape.heads = heads_of(found.shape.width);
  found.shape.depth = 0;
  while (find_named(state, "v.blocks." + std::to_string(found.shape.depth) + ".norm1.weight") != nullptr) {
    ++found.shape.depth;
  }
  const std::vector<std::int64_t> patch = patches->shape;
  if (patch[2] == 128 && patch[3] == 2) {
    set_patches(found.shape, config::SsastPatches::frame);
  } else {
    found.shape.patch_bins = patch[2];
    found.shape.patch_frames = patch[3];
  }
  set_head(found, state);
  set_grid(found, state, positions->shape[1] - 2);
  if (found.grid_frames < 1) return std::nullopt;
  found.description = "SSAST " + describe(found.shape) + ", grid " + std::to_string(found.grid_bins) + "x" +
                      std::to_string(found.grid_frames) + ", " + head_text(found, state);
  return found;
}

SsastRecognition require_ssast(const StateDict& state) {
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
