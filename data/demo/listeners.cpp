// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/demo/listeners.h"

#include "data/files/hash.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

namespace musicmem::data {
namespace {

double logistic(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}

double spread_of_uniform(double low, double high) {
  return (high - low) / std::sqrt(12.0);
}

std::vector<double> draw_abilities(std::uint64_t seed) {
  Generator random(seed_from({"demo abilities", std::to_string(seed)}));
  std::vector<double> abilities(demo_listener_count);
  for (double& ability : abilities) ability = demo_ability_spread * random.normal();
  return abilities;
}

// What `listeners` people, drawn without replacement, say of a clip of that latent memorability.
std::vector<DemoAnswer> ask(double latent, int listeners, const std::vector<double>& abilities,
                            Generator& random) {
  std::vector<std::size_t> order(abilities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<DemoAnswer> answers;
  for (int i = 0; i < listeners; ++i) {
    const auto place = static_cast<std::size_t>(i);
    const auto drawn = place + static_cast<std::size_t>(random.choice(static_cast<int>(order.size()) - i));
    std::swap(order[place], order[drawn]);
    answers.push_back({static_cast<std::uint16_t>(order[place]),
                       random.chance(logistic(latent + abilities[order[place]]))});
  }
  return answers;
}

Hearing hear(const ClipTraits& traits, double artist_effect, const std::vector<double>& abilities,
             Generator& random) {
  Hearing hearing{};
  hearing.noise = demo_noise * random.normal();
  hearing.latent = demo_intercept + hearing.noise + artist_effect;
  for (std::size_t e = 0; e < planted_effect_count; ++e) {
    hearing.contributions[e] = demo_effects()[e].contribution(traits);
    hearing.latent += hearing.contributions[e];
  }
  hearing.probability = logistic(hearing.latent);
  hearing.listeners = demo_fewest_answers + random.choice(demo_most_answers - demo_fewest_answers + 1);
  hearing.answers = ask(hearing.latent, hearing.listeners, abilities, random);
  hearing.recognised = static_cast<int>(std::ranges::count_if(hearing.answers, &DemoAnswer::recognised));
  return hearing;
}

}  // namespace

const std::array<DemoEffect, planted_effect_count>& demo_effects() {
  static const std::array<DemoEffect, planted_effect_count> effects = {{
      {"tempo", "tempo_bpm", 0.35, 125.0, spread_of_uniform(80.0, 170.0),
       [](const ClipTraits& t) { return t.tempo_bpm; }},
      {"mode", "major_mode", 0.30, 0.5, 0.5, [](const ClipTraits& t) { return t.major_mode ? 1.0 : 0.0; }},
      {"drums", "drum_level_db", 0.35, -9.0, spread_of_uniform(-18.0, 0.0),
       [](const ClipTraits& t) { return t.drum_level_db; }},
      {"repetition", "hook_repetition", 0.25, 0.5, spread_of_uniform(0.0, 1.0),
       [](const ClipTraits& t) { return t.hook_repetition; }},
      {"brightness", "brightness", 0.0, 0.5, spread_of_uniform(0.0, 1.0),
       [](const ClipTraits& t) { return t.brightness; }},
      {"key", "key", 0.0, 4.0, std::sqrt(26.0 / 3.0),
       [](const ClipTraits& t) { return static_cast<double>(t.key); }},
  }};
  return effects;
}

std::vector<Hearing> simulate_listeners(std::span<const ClipTraits> clips, std::uint64_t seed,
                                        std::span<const double> effects) {
  const std::vector<double> abilities = draw_abilities(seed);
  std::vector<Hearing> hearings;
  hearings.reserve(clips.size());
  for (std::size_t i = 0; i < clips.size(); ++i) {
    Generator random(seed_from({"demo hearing", std::to_string(seed), std::to_string(i)}));
    hearings.push_back(hear(clips[i], effects.empty() ? 0.0 : effects[i], abilities, random));
  }
  return hearings;
}

}  // namespace musicmem::data
