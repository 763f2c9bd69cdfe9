// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sources/stems.h"

#include "features/sound/audio.h"
#include "features/spectra/frames.h"
#include "features/spectra/hpss.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>

namespace musicmem::features {
namespace {

constexpr float bass_full_hertz = 200.0f;
constexpr float bass_none_hertz = 250.0f;
constexpr float voice_full_hertz = 3800.0f;
constexpr float voice_none_hertz = 4200.0f;
constexpr int neighbour_distance = study_rate / hop_length;  // frames: one second
constexpr std::size_t neighbours = 11;
constexpr float voice_margin = 2.0f;  // how far the voice must exceed the background for an equal share

// 1 below `full`, 0 above `none`, half a cosine between.
float low_pass_share(float hertz, float full, float none) {
  const float position = std::clamp((hertz - full) / (none - full), 0.0f, 1.0f);
  return 0.5f + 0.5f * std::cos(std::numbers::pi_v<float> * position);
}

// The part of a spectrogram that the voice may occupy: frame-major [frames][bins].
struct Band {
  std::size_t first_bin = 0;
  std::size_t bins = 0;
  std::size_t frames = 0;
  std::vector<float> magnitude;

  std::span<const float> frame(std::size_t t) const { return std::span(magnitude).subspan(t * bins, bins); }
};

Band voice_band(std::span<const float> magnitude, std::span<const float> share, std::size_t width) {
  constexpr float bins_per_hertz = static_cast<float>(frame_length) / study_rate;
  Band band;
  band.first_bin = static_cast<std::size_t>(bass_full_hertz * bins_per_hertz);
  band.bins = static_cast<std::size_t>(voice_none_hertz * bins_per_hertz) + 1 - band.first_bin;
  band.frames = magnitude.size() / width;
  band.magnitude.reserve(band.frames * band.bins);
  for (std::size_t t = 0; t < band.frames; ++t) {
    const std::size_t begin = t * width + band.first_bin;
    for (std::size_t k = begin; k < begin + band.bins; ++k) band.magnitude.push_back(magnitude[k] * share[k]);
  }
  return band;
}

// Sum of products in eight interleaved partial sums: vectorises, and always adds in the same order.
float dot(std::span<const float> a, std::span<const float> b) {
  std::array<float, 8> partial{};
  const std::size_t whole = a.size() / partial.size() * partial.size();
  for (std::size_t i = 0; i < whole; i += partial.size()) {
    for (std::size_t lane = 0; lane < partial.size(); ++lane) partial[lane] += a[i + lane] * b[i + lane];
  }
  float sum = std::accumulate(partial.begin(), partial.end(), 0.0f);
  for (std::size_t i = whole; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// Cosine similarity of every pair of frames, [frames][frames]; 0 where one of them is silent.
std::vector<float> similarities(const Band& band) {
  std::vector<float> norms(band.frames);
  for (std::size_t t = 0; t < band.frames; ++t) norms[t] = std::sqrt(dot(band.frame(t), band.frame(t)));
  std::vector<float> result(band.frames * band.frames, 0.0f);
  for (std::size_t t = 0; t < band.frames; ++t) {
    for (std::size_t u = t + neighbour_distance; u < band.frames; ++u) {
      const float scale = norms[t] * norms[u];
      if (scale < std::numeric_limits<float>::min()) continue;
      const float similarity = dot(band.frame(t), band.frame(u)) / scale;
      result[t * band.frames + u] = similarity;
      result[u * band.frames + t] = similarity;
    }
  }
  return result;
}

// The frames at least a second from frame t that resemble it most, best first; ties go to the earlier frame.
std::vector<std::size_t> nearest_frames(std::span<const float> similarity, std::size_t t) {
  std::vector<std::size_t> frames;
  for (std::size_t u = 0; u < similarity.size(); ++u) {
    if (std::max(t, u) - std::min(t, u) >= neighbour_distance) frames.push_back(u);
  }
  const std::size_t kept = std::min(neighbours, frames.size());
  std::partial_sort(frames.begin(), frames.begin() + static_cast<std::ptrdiff_t>(kept), frames.end(),
                    [&](std::size_t a, std::size_t b) {
                      return similarity[a] != similarity[b] ? similarity[a] > similarity[b] : a < b;
                    });
  frames.resize(kept);
  return frames;
}

// The magnitude that each bin has in the median of the nearest frames: a selection sort of whole frames, bin
// by bin side by side, that stops at the middle one. The result lies in `buffer`.
std::span<const float> repeating_background(const Band& band, std::span<const std::size_t> nearest,
                                            std::vector<float>& buffer) {
  buffer.clear();
  for (const std::size_t u : nearest) buffer.insert(buffer.end(), band.frame(u).begin(), band.frame(u).end());
  const std::size_t middle = nearest.size() / 2;
  for (std::size_t i = 0; i <= middle; ++i) {
    for (std::size_t j = i + 1; j < nearest.size(); ++j) {
      float* smaller = buffer.data() + i * band.bins;
      float* larger = buffer.data() + j * band.bins;
      for (std::size_t k = 0; k < band.bins; ++k) {
        const float a = smaller[k];
        const float b = larger[k];
        smaller[k] = std::min(a, b);
        larger[k] = std::max(a, b);
      }
    }
  }
  return std::span(buffer).subspan(middle * band.bins, band.bins);
}

// The share of the voice in each bin of the band, [frames][bins]: a soft mask between what exceeds the
// repeating background and that background.
std::vector<float> voice_shares(const Band& band) {
  std::vector<float> shares(band.magnitude.size(), 0.0f);
  const std::vector<float> similarity = similarities(band);
  std::vector<float> buffer;
  for (std::size_t t = 0; t < band.frames; ++t) {
    const auto nearest = nearest_frames(std::span(similarity).subspan(t * band.frames, band.frames), t);
    if (nearest.empty()) continue;
    const std::span<const float> background = repeating_background(band, nearest, buffer);
    const std::span<const float> frame = band.frame(t);
    for (std::size_t k = 0; k < band.bins; ++k) {
      const float repeating = std::min(frame[k], background[k]);
      const float voice = frame[k] - repeating;
      const float rest = voice_margin * repeating;
      const float larger = std::max(voice, rest);
      if (larger < std::numeric_limits<float>::min()) continue;
      const float v = voice / larger;
      const float r = rest / larger;
      shares[t * band.bins + k] = v * v / (v * v + r * r);
    }
  }
  return shares;
}

// One share per bin and source, [frames][bins] each; drums' are the percussive mask.
struct Shares {
  std::vector<float> vocals;
  std::vector<float> bass;
  std::vector<float> other;
};

Shares split_harmonic(std::span<const float> magnitude, std::span<const float> harmonic, std::size_t width) {
  const Band band = voice_band(magnitude, harmonic, width);
  const std::vector<float> voice = voice_shares(band);
  Shares shares{std::vector<float>(magnitude.size(), 0.0f), std::vector<float>(magnitude.size(), 0.0f),
                std::vector<float>(harmonic.begin(), harmonic.end())};

  std::vector<float> low(width);
  std::vector<float> middle(width);
  for (std::size_t k = 0; k < width; ++k) {
    const float hertz = static_cast<float>(k) * study_rate / frame_length;
    low[k] = low_pass_share(hertz, bass_full_hertz, bass_none_hertz);
    middle[k] = low_pass_share(hertz, voice_full_hertz, voice_none_hertz) - low[k];
  }

  for (std::size_t t = 0; t < band.frames; ++t) {
    const std::size_t begin = t * width;
    for (std::size_t k = 0; k < width; ++k) shares.bass[begin + k] = low[k] * harmonic[begin + k];
    for (std::size_t k = 0; k < band.bins; ++k) {
      const std::size_t bin = band.first_bin + k;
      shares.vocals[begin + bin] = middle[bin] * harmonic[begin + bin] * voice[t * band.bins + k];
    }
  }
  for (std::size_t i = 0; i < shares.other.size(); ++i) shares.other[i] -= shares.bass[i] + shares.vocals[i];
  return shares;
}

}  // namespace

ApproximateSeparator::ApproximateSeparator() : istft_(frame_length, hop_length) {}

Stems ApproximateSeparator::separate(const ClipSpectrum& spectrum) {
  const HpssMasks masks = hpss_masks(spectrum.magnitudes, ClipSpectrum::bins);
  const Shares shares = split_harmonic(spectrum.magnitudes, masks.harmonic, ClipSpectrum::bins);
  const auto stem = [&](std::span<const float> share) {
    return istft_.transform(masked(spectrum.values, share), spectrum.samples);
  };
  return {stem(shares.vocals), stem(masks.percussive), stem(shares.bass), stem(shares.other)};
}

}  // namespace musicmem::features
