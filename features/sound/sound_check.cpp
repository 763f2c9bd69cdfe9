// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/sound_check.h"

#include <cmath>
#include <cstdio>

namespace musicmem::features {
namespace {

constexpr float loudest_peak = 10.0F;
constexpr float loud_peak = 2.0F;
constexpr float quiet_peak = 1e-4F;
constexpr double cancelled_power = 0.0316;  // -15 dB
constexpr double empty_seconds = 1.0;

template <typename... Values>
std::string text_of(const char* format, Values... values) {
  char text[160];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

double decibels(double amplitude) {
  return 20.0 * std::log10(amplitude);
}

double peak_decibels(const Sound& sound) {
  return decibels(static_cast<double>(sound.peak));
}

// Of the mix in proportion to the mean of its channels' powers, 1 at most.
double mix_power(const Sound& sound) {
  double squares = 0.0;
  for (const float sample : sound.mono) squares += static_cast<double>(sample) * sample;
  return squares / sound.channel_squares;
}

// An offset, which no one hears, is left out.
double empty_end(const Sound& sound) {
  std::size_t frames = 0;
  const float offset = sound.mono.back();
  for (auto sample = sound.mono.rbegin(); sample != sound.mono.rend(); ++sample, ++frames) {
    if (std::abs(*sample - offset) >= quiet_peak) break;
  }
  return static_cast<double>(frames) / sound.rate;
}

}  // namespace

void require_sound(const Sound& sound, const std::filesystem::path& path) {
  if (sound.peak <= loudest_peak) return;
  fail_sound(path, text_of("is far too loud: it peaks at %g, %.0f dB above full scale, and full scale is 1; "
                           "were its samples integers?",
                           static_cast<double>(sound.peak), peak_decibels(sound)));
}

std::string sound_anomaly(const Sound& sound) {
  if (sound.peak == 0.0F) return "is silent";
  if (sound.peak < quiet_peak) return text_of("is almost silent: it peaks at %.0f dB", peak_decibels(sound));
  if (sound.peak > loud_peak) {
    return text_of("is too loud: it peaks %.1f dB above full scale", peak_decibels(sound));
  }
  const double power = mix_power(sound);
  if (power == 0.0) return "has channels that cancel each other: their mono mix is silent";
  if (power < cancelled_power) {
    return text_of("has channels that cancel each other: their mono mix lies %.0f dB below them",
                   -10.0 * std::log10(power));
  }
  const double empty = empty_end(sound);
  if (empty * sound.rate >= static_cast<double>(sound.mono.size()))
    return "is silent but for a constant offset";
  if (empty >= empty_seconds) return text_of("is silent in its last %.2f s", empty);
  return "";
}

}  // namespace musicmem::features
