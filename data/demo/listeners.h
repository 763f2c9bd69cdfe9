// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/demo/song.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

// The listening game of the synthetic study, simulated. No sound is needed to play it.
//
//   latent      = intercept + sum over effects of size * (value - center) / spread + noise
//   probability = 1 / (1 + exp(-latent)), of an average listener
// A listener of ability a recognises the clip with probability 1 / (1 + exp(-(latent + a))).
namespace musicmem::data {

// One planted effect on the latent memorability. `center` and `spread` are the mean and the standard
// deviation of the distribution that draw_traits takes the value from.
struct DemoEffect {
  std::string name;   // as in the columns `<name>_effect` and `<name>_size` of truth.csv
  std::string trait;  // column of the value
  double size;        // logits for one spread
  double center;
  double spread;
  double (*value)(const ClipTraits& traits);

  // Adding zero makes the -0 of a decoy an ordinary 0.
  double contribution(const ClipTraits& traits) const {
    return size * (value(traits) - center) / spread + 0.0;
  }
};

constexpr double demo_intercept = 0.5;
constexpr double demo_artist_spread = 0.9;   // standard deviation of the artists' effects, logits
constexpr double demo_noise = 0.25;          // standard deviation of the noise, logits
constexpr double demo_ability_spread = 0.5;  // standard deviation of the listeners' abilities, logits
constexpr int demo_listener_count = 240;     // who take part
constexpr int demo_fewest_answers = 70;      // per clip
constexpr int demo_most_answers = 80;
constexpr std::size_t planted_effect_count = 6;

// Tempo, mode, drums and repetition with positive sizes, then brightness and key with size 0.
const std::array<DemoEffect, planted_effect_count>& demo_effects();

// What one of the listeners said when a clip came again.
struct DemoAnswer {
  std::uint16_t listener = 0;  // 0 .. demo_listener_count - 1
  bool recognised = false;
};

// What the game found about one clip.
struct Hearing {
  std::array<double, planted_effect_count> contributions;  // in the order of demo_effects()
  double noise;
  double latent;
  double probability;
  int listeners;
  int recognised;
  std::vector<DemoAnswer> answers;  // of those who heard it

  double score() const { return static_cast<double>(recognised) / listeners; }
};

// Lets every clip be heard by 70 to 80 listeners, drawn without replacement from the same 240. The outcome of
// a clip depends on `seed`, its place and its traits only, and on the effect of its artist, if there are such
// (`effects`, one a clip, empty for none).
std::vector<Hearing> simulate_listeners(std::span<const ClipTraits> clips, std::uint64_t seed,
                                        std::span<const double> effects = {});

}  // namespace musicmem::data
