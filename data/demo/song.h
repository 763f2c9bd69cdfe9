// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/generator.h"

#include <string>
#include <vector>

// The music of the synthetic study as notes and drum hits, before any sound is made.
namespace musicmem::data {

// What distinguishes one synthetic clip from another. The first four move its memorability, the last two are
// decoys that do not (demo_listeners.h).
struct ClipTraits {
  double tempo_bpm = 120.0;      // [80, 170], beats per minute
  bool major_mode = true;        // major or natural minor scale
  double drum_level_db = -9.0;   // [-18, 0], RMS of the drums over RMS of everything else
  double hook_repetition = 0.5;  // [0, 1], share of hook notes that keep to the motif they first appear in
  double brightness = 0.5;       // [0, 1], strength of the upper partials of every tone
  int key = 0;                   // pitch class of the tonic: 0 (C), 5 (F) or 7 (G)
};

// Who made several clips of a study with groups.
struct DemoArtist {
  std::string name;
  ClipTraits traits;
  double effect = 0.0;  // on the latent memorability, logits
};

// A clip of the artist: the same mode and key, tempo, drums and brightness close to the artist's, and any
// share of repetition.
ClipTraits draw_traits_near(const ClipTraits& artist, Generator& random);

// Draws every trait independently of the others: uniform over its range, rounded to a few decimals so that
// tables stay readable. The tonics are close relatives, so that the thirds of the two modes fall on
// different pitch classes (E, A, B against E flat, A flat, B flat) whatever the key.
ClipTraits draw_traits(Generator& random);

struct Note {
  double start_s;
  double length_s;
  double pitch;  // MIDI note number, 69 is 440 Hz
  double level;  // linear
  double pan;    // -1 left .. 1 right
};

enum class Drum { kick, snare, hat };

struct Hit {
  double start_s;
  Drum drum;
  double level;  // linear
};

struct Song {
  std::vector<Note> chords;
  std::vector<Note> bass;
  std::vector<Note> hook;
  std::vector<Hit> drums;
  bool plucked_chords = false;  // plucked on every beat, or held as a pad
};

// Composes `length_s` seconds: a chord every two beats from a progression in the key and mode, a bass on its
// roots, a hook of eighth notes whose later bars keep exactly the asked share of the motif, and a drum beat.
Song compose(const ClipTraits& traits, double length_s, Generator& random);

}  // namespace musicmem::data
