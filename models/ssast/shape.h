// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/ssast.h"

#include <cstdint>
#include <string>

namespace musicmem::models {

// What fixes every tensor of an SSAST model (Y. Gong et al., AAAI 2022): the size of the transformer, the
// grid of patches that fine-tuning cuts a spectrogram into, and the head.
struct SsastShape {
  std::int64_t width = 768;
  std::int64_t heads = 12;
  std::int64_t depth = 12;
  std::int64_t mel_bins = 128;
  std::int64_t patch_bins = 16;  // 16 x 16 patches, or frames of 128 x 2
  std::int64_t patch_frames = 16;
  std::int64_t stride_bins = 10;
  std::int64_t stride_frames = 10;
  std::int64_t target_length = 500;  // frames of 10 ms that the input is cut or padded to
  config::SsastPooling pooling = config::SsastPooling::avgtok;
  config::SsastHead head = config::SsastHead::paper;

  // Patches along frequency and along time.
  std::int64_t grid_bins() const { return (mel_bins - patch_bins) / stride_bins + 1; }
  std::int64_t grid_frames() const { return (target_length - patch_frames) / stride_frames + 1; }
  // Two class tokens and one token a patch.
  std::int64_t tokens() const { return 2 + grid_bins() * grid_frames(); }

  bool operator==(const SsastShape&) const = default;
};

// The shape that a study asks for; `default_length` where it does not say its own. Throws Error where the
// target length is shorter than a patch.
SsastShape ssast_shape(const config::SsastSettings& settings, std::int64_t default_length);

// Sets width, heads and depth; patch and stride of fine-tuning.
void set_size(SsastShape& shape, config::SsastSize size);
void set_patches(SsastShape& shape, config::SsastPatches patches);

// Heads of the named size of that width: no tensor of a checkpoint tells them. 0 for none.
std::int64_t heads_of(std::int64_t width);

// "tiny (192 wide, 3 heads, 12 deep), 16x16 patches".
std::string describe(const SsastShape& shape);

// The named size of that width and depth, or "" for none.
std::string size_name(std::int64_t width, std::int64_t depth);

}  // namespace musicmem::models
