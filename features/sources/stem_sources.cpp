// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sources/stem_sources.h"

#include "config/settings/features.h"
#include "data/files/names.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <set>
#include <string_view>
#include <utility>

namespace musicmem::features {

bool has_place(const std::string& source) {
  static const std::set<std::string> mixes = {"accompaniment", "backing", "instrumental", "karaoke", "mix",
                                              "mixture",       "music",   "novocals",     "original"};
  std::string name = data::folded(source);
  std::ranges::replace_if(
      name, [](char c) { return std::string_view(" -()[].").find(c) != std::string_view::npos; }, '_');
  // "vocals (copy)" or "Vocals" beside "vocals" is the same sound twice.
  const bool repeats = std::ranges::any_of(config::stem_names(), [&](const std::string& stem) {
    return source != stem && ("_" + name + "_").find("_" + stem + "_") != std::string::npos;
  });
  return !repeats && !mixes.contains(name) && !name.starts_with("no_") && !name.starts_with("minus_");
}

void add_source(Stems& stems, const std::string& source, std::vector<float> sound) {
  std::vector<float>& stem = source == "vocals"  ? stems.vocals
                             : source == "drums" ? stems.drums
                             : source == "bass"  ? stems.bass
                                                 : stems.other;
  if (stem.empty()) {
    stem = std::move(sound);
  } else {
    std::transform(stem.begin(), stem.end(), sound.begin(), stem.begin(), std::plus<>());
  }
}

void StemsResidual::add(const Stems& stems, std::span<const float> mix) {
  const std::size_t size = std::min(mix.size(), stems.vocals.size());
  for (std::size_t i = 0; i < size; ++i) {
    const double whole = static_cast<double>(mix[i]);
    const double rest = whole - stems.vocals[i] - stems.drums[i] - stems.bass[i] - stems.other[i];
    squares_of_mix_ += whole * whole;
    squares_of_rest_ += rest * rest;
  }
}

std::string StemsResidual::anomaly() const {
  constexpr double furthest = 12.0;  // dB below the clip
  if (squares_of_mix_ == 0.0 || squares_of_rest_ == 0.0) return "";
  const double below = 10.0 * std::log10(squares_of_mix_ / squares_of_rest_);
  if (below > furthest) return "";
  char text[128];
  std::snprintf(text, sizeof text, "has stems that do not add up to it: the difference lies %.0f dB %s it",
                std::abs(below), below >= 0.0 ? "below" : "above");
  return text;
}

}  // namespace musicmem::features
