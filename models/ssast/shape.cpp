// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/shape.h"

#include "config/error.h"

#include <array>

namespace musicmem::models {
namespace {

using config::SsastSize;

struct NamedSize {
  SsastSize size;
  std::int64_t width;
  std::int64_t heads;
  std::int64_t depth;
};

// nano is this program's own, for tests and the demo; the others are published.
constexpr std::array<NamedSize, 4> named_sizes = {{{SsastSize::nano, 64, 2, 4},
                                                   {SsastSize::tiny, 192, 3, 12},
                                                   {SsastSize::small, 384, 6, 12},
                                                   {SsastSize::base, 768, 12, 12}}};

}  // namespace

void set_size(SsastShape& shape, SsastSize size) {
  for (const NamedSize& named : named_sizes) {
    if (named.size != size) continue;
    shape.width = named.width;
    shape.heads = named.heads;
    shape.depth = named.depth;
  }
}

void set_patches(SsastShape& shape, config::SsastPatches patches) {
  const bool frames = patches == config::SsastPatches::frame;
  shape.patch_bins = frames ? 128 : 16;
  shape.patch_frames = frames ? 2 : 16;
  shape.stride_bins = frames ? 128 : 10;
  shape.stride_frames = frames ? 1 : 10;
}

SsastShape ssast_shape(const config::SsastSettings& settings, std::int64_t default_length) {
  SsastShape shape;
  set_size(shape, settings.size);
  set_patches(shape, settings.patches);
  shape.target_length = settings.target_length.value_or(static_cast<int>(default_length));
  shape.pooling = settings.pooling;
  shape.head = settings.head;
  if (shape.target_length < shape.patch_frames) {
    throw Error("a target length of " + std::to_string(shape.target_length) +
                    " frames is shorter than a patch of " + std::to_string(shape.patch_frames),
                "ssast", "use features.fbank.target_length=500 for clips of 5 s");
  }
  return shape;
}

std::string size_name(std::int64_t width, std::int64_t depth) {
  for (const NamedSize& named : named_sizes) {
    if (named.width == width && named.depth == depth) return config::to_string(named.size);
  }
  return "";
}

std::int64_t heads_of(std::int64_t width) {
  for (const NamedSize& named : named_sizes) {
    if (named.width == width) return named.heads;
  }
  return 0;
}

std::string describe(const SsastShape& shape) {
  const std::string name = size_name(shape.width, shape.depth);
  return (name.empty() ? "a size of no name" : name) + " (" + std::to_string(shape.width) + " wide, " +
         std::to_string(shape.heads) + " heads, " + std::to_string(shape.depth) + " deep), " +
         std::to_string(shape.patch_bins) + "x" + std::to_string(shape.patch_frames) + " patches";
}

}  // namespace musicmem::models
