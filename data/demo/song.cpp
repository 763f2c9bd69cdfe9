// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/demo/song.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace musicmem::data {
namespace {

constexpr double lead_in_s = 0.06;  // the first attack lies inside the clip
constexpr int chord_beats = 2;
constexpr int slots_per_beat = 2;  // the hook moves in eighth notes
constexpr int motif_slots = chord_beats * slots_per_beat;

using Scale = std::array<int, 7>;
constexpr Scale major = {0, 2, 4, 5, 7, 9, 11};
constexpr Scale minor = {0, 2, 3, 5, 7, 8, 10};

// Scale degrees of the roots, from 0; common progressions of popular music.
using Progression = std::array<int, 4>;
constexpr std::array<Progression, 3> major_progressions = {{{0, 4, 5, 3}, {0, 5, 3, 4}, {0, 3, 0, 4}}};
constexpr std::array<Progression, 3> minor_progressions = {{{0, 5, 2, 6}, {0, 3, 5, 2}, {0, 5, 3, 0}}};

double rounded(double value, double step) {
  return std::round(value / step) * step;
}

// What every part of one song agrees on.
struct Frame {
  double beat_s;
  double length_s;
  int tonic;  // pitch class
  Scale scale;
  Progression progression;

  double time(double beat) const { return lead_in_s + beat * beat_s; }
  int beats() const { return static_cast<int>(std::ceil((length_s - lead_in_s) / beat_s)); }
  int root_degree(int beat) const {
    return progression[static_cast<std::size_t>(beat / chord_beats) % progression.size()];
  }
  // MIDI note of a scale degree, which may lie octaves above 0, over the tonic in the octave of `base`.
  double pitch(int degree, int base) const {
    const int octave = degree / 7;
    return base + tonic + 12 * octave + scale[static_cast<std::size_t>(degree % 7)];
  }
};

Frame draw_frame(const ClipTraits& traits, double length_s, Generator& random) {
  const auto& progressions = traits.major_mode ? major_progressions : minor_progressions;
  const auto choice = static_cast<std::size_t>(random.choice(static_cast<int>(progressions.size())));
  return {60.0 / traits.tempo_bpm, length_s, traits.key, traits.major_mode ? major : minor,
          progressions[choice]};
}

// Triads in close position around middle C, one every two beats, struck again on each beat where plucked.
std::vector<Note> compose_chords(const Frame& frame, bool plucked) {
  constexpr std::array<double, 3> pans = {-0.5, 0.1, 0.5};
  const int step = plucked ? 1 : chord_beats;
  std::vector<Note> notes;
  for (int beat = 0; beat < frame.beats(); beat += step) {
    for (int voice = 0; voice < 3; ++voice) {
      double pitch = frame.pitch(frame.root_degree(beat) + 2 * voice, 48);
      if (pitch > 67.0) pitch -= 12.0;
      notes.push_back(
          {frame.time(beat), step * frame.beat_s, pitch, 1.0, pans[static_cast<std::size_t>(voice)]});
    }
  }
  return notes;
}

// The root on every beat, now and then with an eighth before the next one.
std::vector<Note> compose_bass(const Frame& frame, Generator& random) {
  std::vector<Note> notes;
  for (int beat = 0; beat < frame.beats(); ++beat) {
    double pitch = frame.pitch(frame.root_degree(beat), 36);
    if (pitch > 47.0) pitch -= 12.0;
    notes.push_back({frame.time(beat), 0.9 * frame.beat_s, pitch, 1.0, 0.0});
    if (random.chance(0.15)) notes.push_back({frame.time(beat + 0.5), 0.4 * frame.beat_s, pitch, 0.6, 0.0});
  }
  return notes;
}

struct Motif {
  std::array<bool, motif_slots> sounds;
  std::array<int, motif_slots> degrees;
};

// Few pitches, all of the tonic triad, so that a hook that keeps to it stays close to home.
Motif draw_motif(Generator& random) {
  constexpr std::array<int, 4> triad = {0, 2, 4, 7};
  Motif motif{};
  for (std::size_t slot = 0; slot < motif_slots; ++slot) {
    motif.sounds[slot] = slot % slots_per_beat == 0 || random.chance(0.6);
    motif.degrees[slot] = triad[static_cast<std::size_t>(random.choice(static_cast<int>(triad.size())))];
  }
  return motif;
}

// True for exactly the rounded share of `count` places, which ones by chance.
std::vector<bool> draw_share(double share, std::size_t count, Generator& random) {
  std::vector<bool> chosen(count, false);
  std::fill_n(chosen.begin(), std::lround(share * static_cast<double>(count)), true);
  for (std::size_t i = count; i > 1; --i) {
    const auto j = static_cast<std::size_t>(random.choice(static_cast<int>(i)));
    const bool swapped = chosen[i - 1];
    chosen[i - 1] = chosen[j];
    chosen[j] = swapped;
  }
  return chosen;
}

// States the motif once, then over and over; notes that do not repeat come from two octaves of the scale.
std::vector<Note> compose_hook(const Frame& frame, double repetition, Generator& random) {
  constexpr double pan = 0.2;
  const Motif motif = draw_motif(random);
  const auto slots = static_cast<std::size_t>(frame.beats()) * slots_per_beat;
  std::vector<std::size_t> sounding;
  for (std::size_t slot = 0; slot < slots; ++slot) {
    if (motif.sounds[slot % motif_slots]) sounding.push_back(slot);
  }
  const auto later = std::partition_point(sounding.begin(), sounding.end(),
                                          [](std::size_t slot) { return slot < motif_slots; });
  const auto first = static_cast<std::size_t>(later - sounding.begin());
  const std::vector<bool> kept = draw_share(repetition, sounding.size() - first, random);

  std::vector<Note> notes;
  for (std::size_t i = 0; i < sounding.size(); ++i) {
    const int fresh = random.choice(14);
    const bool repeats = i < first || kept[i - first];
    const int degree = repeats ? motif.degrees[sounding[i] % motif_slots] : fresh;
    const double beat = static_cast<double>(sounding[i]) / slots_per_beat;
    const double accent = sounding[i] % slots_per_beat == 0 ? 1.0 : 0.7;
    notes.push_back({frame.time(beat), 0.5 * frame.beat_s, frame.pitch(degree, 60), accent, pan});
  }
  return notes;
}

// Kick and snare in turn on the beats, hi-hat on the eighths. Kick and snare are about equally strong, so
// that the beat rather than its half or its double is the plainest period.
std::vector<Hit> compose_drums(const Frame& frame, Generator& random) {
  const bool four_on_the_floor = random.chance(0.5);
  std::vector<Hit> hits;
  for (int beat = 0; beat < frame.beats(); ++beat) {
    const bool back_beat = beat % 2 == 1;
    if (!back_beat || four_on_the_floor) hits.push_back({frame.time(beat), Drum::kick, 1.0});
    if (back_beat) hits.push_back({frame.time(beat), Drum::snare, four_on_the_floor ? 0.6 : 1.0});
    hits.push_back({frame.time(beat), Drum::hat, random.uniform(0.5, 0.7)});
    hits.push_back({frame.time(beat + 0.5), Drum::hat, random.uniform(0.25, 0.4)});
  }
  return hits;
}

}  // namespace

ClipTraits draw_traits(Generator& random) {
  constexpr std::array<int, 3> tonics = {0, 5, 7};
  ClipTraits traits;
  traits.tempo_bpm = rounded(random.uniform(80.0, 170.0), 0.5);
  traits.major_mode = random.chance(0.5);
  traits.drum_level_db = rounded(random.uniform(-18.0, 0.0), 0.125);
  traits.hook_repetition = rounded(random.uniform(0.0, 1.0), 0.015625);
  traits.brightness = rounded(random.uniform(0.0, 1.0), 0.015625);
  traits.key = tonics[static_cast<std::size_t>(random.choice(static_cast<int>(tonics.size())))];
  return traits;
}

ClipTraits draw_traits_near(const ClipTraits& artist, Generator& random) {
  ClipTraits traits = artist;
  traits.tempo_bpm = rounded(std::clamp(artist.tempo_bpm + random.uniform(-1.5, 1.5), 80.0, 170.0), 0.5);
  traits.drum_level_db =
      rounded(std::clamp(artist.drum_level_db + random.uniform(-0.75, 0.75), -18.0, 0.0), 0.125);
  traits.brightness =
      rounded(std::clamp(artist.brightness + random.uniform(-0.03, 0.03), 0.0, 1.0), 0.015625);
  traits.hook_repetition = rounded(random.uniform(0.0, 1.0), 0.015625);
  return traits;
}

Song compose(const ClipTraits& traits, double length_s, Generator& random) {
  const Frame frame = draw_frame(traits, length_s, random);
  Song song;
  song.plucked_chords = random.chance(0.5);
  song.chords = compose_chords(frame, song.plucked_chords);
  song.bass = compose_bass(frame, random);
  song.hook = compose_hook(frame, traits.hook_repetition, random);
  song.drums = compose_drums(frame, random);
  return song;
}

}  // namespace musicmem::data
