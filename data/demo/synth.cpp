// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/demo/synth.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace musicmem::data {
namespace {

using Signal = std::vector<float>;

constexpr std::size_t frames = std::size_t{demo_sample_rate} * demo_seconds;
constexpr double tonal_rms = 0.07;
constexpr double two_pi = 2.0 * std::numbers::pi;

std::size_t samples(double seconds) {
  return static_cast<std::size_t>(std::lround(seconds * demo_sample_rate));
}

// Factor per sample of an amplitude that falls to 1/e in `seconds`.
double decay_per_sample(double seconds) {
  return std::exp(-1.0 / (seconds * demo_sample_rate));
}

// A tone of harmonic partials with amplitudes 1 / h^tilt; partial h dies away h^0.7 times as fast as the 1st.
struct Voice {
  int partials;
  double tilt;
  double attack_s;
  double decay_s;
  double release_s;
};

// A damped sine, made by y[n] = 2 r cos(w) y[n-1] - r^2 y[n-2]: no trigonometry inside the loop.
struct Partial {
  double turn;
  double damping;
  double now;
  double before;
};

std::vector<Partial> partials_of(double frequency, const Voice& voice) {
  std::vector<Partial> partials;
  for (int h = 1; h <= voice.partials && frequency * h < 0.45 * demo_sample_rate; ++h) {
    const double radius = decay_per_sample(voice.decay_s / std::pow(h, 0.7));
    const double angle = two_pi * frequency * h / demo_sample_rate;
    const double amplitude = std::pow(h, -voice.tilt);
    partials.push_back(
        {2.0 * radius * std::cos(angle), radius * radius, 0.0, -amplitude * std::sin(angle) / radius});
  }
  return partials;
}

void shape(Signal& tone, const Voice& voice) {
  const std::size_t attack = std::min(samples(voice.attack_s), tone.size());
  const std::size_t release = std::min(samples(voice.release_s), tone.size());
  for (std::size_t n = 0; n < attack; ++n) tone[n] *= static_cast<float>(n) / static_cast<float>(attack);
  for (std::size_t n = 0; n < release; ++n) {
    tone[tone.size() - 1 - n] *= static_cast<float>(n) / static_cast<float>(release);
  }
}

Signal render_tone(double frequency, double length_s, const Voice& voice) {
  Signal tone(samples(length_s + voice.release_s));
  std::vector<Partial> partials = partials_of(frequency, voice);
  for (float& sample : tone) {
    double sum = 0.0;
    for (Partial& partial : partials) {
      sum += partial.now;
      const double next = partial.turn * partial.now - partial.damping * partial.before;
      partial.before = partial.now;
      partial.now = next;
    }
    sample = static_cast<float>(sum);
  }
  shape(tone, voice);
  return tone;
}

void mix(Signal& bus, const Signal& sound, double start_s, double gain) {
  const std::size_t start = samples(start_s);
  if (start >= bus.size()) return;
  const std::size_t count = std::min(sound.size(), bus.size() - start);
  for (std::size_t n = 0; n < count; ++n) bus[start + n] += static_cast<float>(gain) * sound[n];
}

double frequency_of(double pitch) {
  return 440.0 * std::exp2((pitch - 69.0) / 12.0);
}

// Plays the notes with the left channel `detune` cents flat and the right one as much sharp.
void play(StereoSound& bus, const std::vector<Note>& notes, const Voice& voice, double gain, double detune) {
  for (const Note& note : notes) {
    const double frequency = frequency_of(note.pitch);
    const double spread = std::exp2(detune / 1200.0);
    const double angle = (note.pan + 1.0) * std::numbers::pi / 4.0;
    const Signal flat = render_tone(frequency / spread, note.length_s, voice);
    const Signal sharp = detune == 0.0 ? flat : render_tone(frequency * spread, note.length_s, voice);
    mix(bus.left, flat, note.start_s, gain * note.level * std::cos(angle));
    mix(bus.right, sharp, note.start_s, gain * note.level * std::sin(angle));
  }
}

// A sine that sweeps from 160 to 50 Hz, with a click of noise.
Signal render_kick(Generator& random) {
  Signal drum(samples(0.22));
  double phase = 0.0;
  for (std::size_t n = 0; n < drum.size(); ++n) {
    const double t = static_cast<double>(n) / demo_sample_rate;
    phase += two_pi * (50.0 + 110.0 * std::exp(-t / 0.025)) / demo_sample_rate;
    const double click = 0.5 * std::exp(-t / 0.006) * random.uniform(-1.0, 1.0);
    drum[n] = static_cast<float>(std::exp(-t / 0.06) * std::sin(phase) + click);
  }
  return drum;
}

// Noise with a short low tone under it.
Signal render_snare(Generator& random) {
  Signal drum(samples(0.35));
  for (std::size_t n = 0; n < drum.size(); ++n) {
    const double t = static_cast<double>(n) / demo_sample_rate;
    const double body = 0.5 * std::exp(-t / 0.04) * std::sin(two_pi * 185.0 * t);
    drum[n] = static_cast<float>(body + 0.7 * std::exp(-t / 0.07) * random.uniform(-1.0, 1.0));
  }
  return drum;
}

// Noise through a second difference, which leaves the highest band.
Signal render_hat(Generator& random) {
  Signal drum(samples(0.2));
  double before = 0.0;
  double last = 0.0;
  for (std::size_t n = 0; n < drum.size(); ++n) {
    const double t = static_cast<double>(n) / demo_sample_rate;
    const double noise = random.uniform(-1.0, 1.0);
    drum[n] = static_cast<float>(0.4 * std::exp(-t / 0.04) * (noise - 2.0 * last + before));
    before = last;
    last = noise;
  }
  return drum;
}

StereoSound render_drums(const std::vector<Hit>& hits, Generator& random) {
  struct Piece {
    Signal sound;
    double left;
    double right;
  };
  const std::array<Piece, 3> kit = {
      {{render_kick(random), 1.0, 1.0}, {render_snare(random), 1.0, 0.9}, {render_hat(random), 0.5, 0.8}}};
  StereoSound bus{Signal(frames), Signal(frames)};
  for (const Hit& hit : hits) {
    const Piece& piece = kit[static_cast<std::size_t>(hit.drum)];
    mix(bus.left, piece.sound, hit.start_s, hit.level * piece.left);
    mix(bus.right, piece.sound, hit.start_s, hit.level * piece.right);
  }
  return bus;
}

// The sound of a small room: four feedback combs side by side, then two all-passes (M. R. Schroeder, "Natural
// Sounding Artificial Reverberation", 1962). `stretch` lengthens every delay, to tell the two ears apart.
Signal reverberate(const Signal& dry, double stretch) {
  constexpr std::array<double, 4> comb_delays_s = {0.0297, 0.0371, 0.0411, 0.0437};
  constexpr std::array<double, 2> all_pass_delays_s = {0.0050, 0.0017};
  constexpr float comb_feedback = 0.72f;
  constexpr float all_pass_gain = 0.7f;
  Signal wet(dry.size());
  for (const double delay_s : comb_delays_s) {
    Signal comb = dry;
    const std::size_t delay = samples(delay_s * stretch);
    for (std::size_t n = delay; n < comb.size(); ++n) comb[n] += comb_feedback * comb[n - delay];
    mix(wet, comb, 0.0, 0.25);
  }
  for (const double delay_s : all_pass_delays_s) {
    const Signal in = wet;
    const std::size_t delay = samples(delay_s * stretch);
    for (std::size_t n = 0; n < wet.size(); ++n) {
      const float late = n < delay ? 0.0f : in[n - delay] + all_pass_gain * wet[n - delay];
      wet[n] = late - all_pass_gain * in[n];
    }
  }
  return wet;
}

void add_room(StereoSound& bus, double amount) {
  mix(bus.left, reverberate(bus.left, 1.0), 0.0, amount);
  mix(bus.right, reverberate(bus.right, 1.07), 0.0, amount);
}

// Gain that brings the sound, as the mean of its channels, to the RMS.
double gain_to_rms(const StereoSound& sound, double rms) {
  double sum = 0.0;
  for (std::size_t n = 0; n < sound.left.size(); ++n) {
    const double mono = 0.5 * (double{sound.left[n]} + double{sound.right[n]});
    sum += mono * mono;
  }
  return rms / std::sqrt(sum / static_cast<double>(sound.left.size()));
}

StereoSound render_tonal(const Song& song, double brightness) {
  const double tilt = 2.2 - 1.2 * brightness;
  const Voice pad{8, tilt + 0.3, 0.04, 6.0, 0.15};
  const Voice pluck{8, tilt, 0.015, 0.5, 0.08};
  const Voice bass{5, tilt, 0.015, 0.6, 0.05};
  const Voice lead{10, tilt, 0.012, 0.4, 0.08};
  StereoSound bus{Signal(frames), Signal(frames)};
  play(bus, song.chords, song.plucked_chords ? pluck : pad, song.plucked_chords ? 1.0 : 0.45, 2.0);
  play(bus, song.hook, lead, 1.0, 0.0);
  add_room(bus, 0.3);
  play(bus, song.bass, bass, 1.2, 0.0);
  return bus;
}

// Leaves samples below 0.7 as they are and bends louder ones so that none reaches 1.
float limited(float x) {
  constexpr float knee = 0.7f;
  const float over = (std::abs(x) - knee) / (1.0f - knee);
  if (over <= 0.0f) return x;
  return std::copysign(knee + (1.0f - knee) * over / (1.0f + over), x);
}

Signal finished(const Signal& tonal, double tonal_gain, const Signal& drums, double drum_gain) {
  const std::size_t fade = samples(0.005);
  Signal out(tonal.size());
  mix(out, tonal, 0.0, tonal_gain);
  mix(out, drums, 0.0, drum_gain);
  for (float& sample : out) sample = limited(sample);
  for (std::size_t n = 0; n < fade; ++n) {
    out[out.size() - 1 - n] *= static_cast<float>(n) / static_cast<float>(fade);
  }
  return out;
}

}  // namespace

StereoSound render_clip(const ClipTraits& traits, std::uint64_t seed) {
  Generator random(seed);
  const Song song = compose(traits, demo_seconds, random);
  const StereoSound tonal = render_tonal(song, traits.brightness);
  const StereoSound drums = render_drums(song.drums, random);
  const double tonal_gain = gain_to_rms(tonal, tonal_rms);
  const double drum_gain = gain_to_rms(drums, tonal_rms * std::pow(10.0, traits.drum_level_db / 20.0));
  return {finished(tonal.left, tonal_gain, drums.left, drum_gain),
          finished(tonal.right, tonal_gain, drums.right, drum_gain)};
}

}  // namespace musicmem::data
