// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/demo/texts.h"

#include "data/files/csv.h"

#include <algorithm>
#include <cstddef>
#include <set>

namespace musicmem::data {
namespace {

// Appends values as one CSV row.
class Row {
 public:
  Row& add(const std::string& text) {
    if (!text_.empty()) text_ += ',';
    text_ += csv_field(text);
    return *this;
  }
  Row& add(double value) { return add(format_number(value)); }
  std::string line() const { return text_ + "\n"; }

 private:
  std::string text_;
};

std::string truth_header(bool has_artists) {
  Row row;
  for (const char* name :
       {"track", "score", "recognised", "listeners", "probability", "latent", "intercept", "noise"}) {
    row.add(std::string(name));
  }
  for (const DemoEffect& effect : demo_effects()) row.add(effect.trait);
  for (const DemoEffect& effect : demo_effects()) row.add(effect.name + "_effect");
  for (const DemoEffect& effect : demo_effects()) {
    row.add(effect.name + "_size").add(effect.name + "_center").add(effect.name + "_spread");
  }
  if (has_artists) row.add("artist").add("artist_effect");
  return row.line();
}

std::string truth_row(const std::string& track, const ClipTraits& traits, const Hearing& hearing,
                      const DemoArtist* artist) {
  Row row;
  row.add(track).add(hearing.score()).add(hearing.recognised).add(hearing.listeners);
  row.add(hearing.probability).add(hearing.latent).add(demo_intercept).add(hearing.noise);
  for (const DemoEffect& effect : demo_effects()) row.add(effect.value(traits));
  for (const double contribution : hearing.contributions) row.add(contribution);
  for (const DemoEffect& effect : demo_effects()) row.add(effect.size).add(effect.center).add(effect.spread);
  if (artist != nullptr) row.add(artist->name).add(artist->effect);
  return row.line();
}

// What folds are cut from: clips, or the artists that keep them together.
std::size_t count_units(const DemoStudy& study) {
  if (study.artists.empty()) return study.tracks.size();
  std::set<std::string> names;
  for (const DemoArtist& artist : study.artists) names.insert(artist.name);
  return names.size();
}

std::string artists_text(const DemoStudy& study) {
  if (study.artists.empty()) return "";
  return R"(
Every five clips are of one artist, the column group of the labels. They share mode and key, and nearly tempo,
drums and brightness, and the artist's effect is added to their latent: normal with standard deviation )" +
         format_number(demo_artist_spread) + R"(,
in truth.csv as artist_effect. Nothing in the sound of an artist that was never heard tells that effect. Folds
that part artists let models recognise them and seem better than they are:
  musicmem run experiment.yaml
  musicmem run experiment.yaml cross_validation.groups=ignore name=parted
  musicmem report runs/demo runs/parted --output runs/both
)";
}

std::string effect_lines() {
  std::string text;
  for (const DemoEffect& effect : demo_effects()) {
    text += "  " + effect.trait + std::string(18 - effect.trait.size(), ' ') + format_number(effect.size) +
            (effect.size == 0.0 ? " (decoy)" : "") + "\n";
  }
  return text;
}

}  // namespace

std::string labels_csv(const DemoStudy& study) {
  const bool has_artists = !study.artists.empty();
  std::string text = has_artists ? "track,score,group\n" : "track,score\n";
  for (std::size_t i = 0; i < study.tracks.size(); ++i) {
    Row row;
    row.add(study.tracks[i]).add(study.hearings[i].score());
    if (has_artists) row.add(study.artists[i].name);
    text += row.line();
  }
  return text;
}

std::string truth_csv(const DemoStudy& study) {
  std::string text = truth_header(!study.artists.empty());
  for (std::size_t i = 0; i < study.tracks.size(); ++i) {
    text += truth_row(study.tracks[i], study.traits[i], study.hearings[i],
                      study.artists.empty() ? nullptr : &study.artists[i]);
  }
  return text;
}

std::string experiment_yaml(const DemoStudy& study) {
  return "# A SYNTHETIC study: rendered clips and simulated listeners (" +
         std::to_string(study.tracks.size()) + " clips, seed " + std::to_string(study.seed) + R"().
# It shows that the program works and finds planted effects; it says nothing about music or people.
# README.txt says how the scores were made, truth.csv holds every number that went into them.
name: demo
data:
  labels: data/labels/track_memorability_scores_beta.csv
  audio: data/raw_audios/original
  synthetic: true  # reports carry a notice
augment: {pitch_semitones: [-2, 2]}  # two shifts instead of ten, to stay quick
features: {store: data/features}
cross_validation: {folds: )" +
         std::to_string(std::min<std::size_t>(10, count_units(study))) +
         R"(, seeds: [1111, 1000]}  # two seeds instead of four, to stay quick
models:
  - {name: mean}
  - {name: random}
  - {name: svr, variants: [vanilla, augmented], controls: [shuffled]}
  - {name: mlp, variants: [vanilla, lds]}
)" +
         (study.ssast
              ? R"(  # A transformer small enough for a CPU; it learns from nothing, so expect little of it.
  - {name: ssast, size: nano, input: segment, epochs: 10, batch: 32, learning_rate: 5e-4}
)"
              : "");
}

std::string readme_txt(const DemoStudy& study) {
  return std::string(demo_title) + R"(

Nothing here was recorded and nobody was asked: the clips are rendered by a program and the listeners are
simulated. The study exists to try MusicMem, and to check that what it finds is what was planted. Its results
say nothing about music or about people.

Made by: musicmem demo-data DIR --clips )" +
         std::to_string(study.tracks.size()) + " --seed " + std::to_string(study.seed) +
         (study.artists.empty() ? "" : " --groups") + R"(
Run it:  musicmem run experiment.yaml          (in this directory)

The listening game that the scores come from was logged as a lab would log it, in both layouts that scores reads:

  musicmem scores data/listeners/long.csv --layout long --output scores
  musicmem scores data/listeners/audmem.csv --layout audmem --output scores

Both give the scores of data/labels back, with intervals and what listeners agree on; then
  musicmem run experiment.yaml data.labels=scores/labels.csv data.reliability=scores/reliability.json

The score of a clip is the share of its listeners who recognised it:

  latent      = intercept + sum of effects + noise
  effect      = size * (value - center) / spread
  probability = 1 / (1 + exp(-latent))

  intercept )" +
         format_number(demo_intercept) + ", noise: normal with standard deviation " +
         format_number(demo_noise) +
         R"(.
  A listener of ability a recognises the clip with probability 1 / (1 + exp(-(latent + a))). Abilities are
  normal with standard deviation )" +
         format_number(demo_ability_spread) + "; " + std::to_string(demo_fewest_answers) + " to " +
         std::to_string(demo_most_answers) + " of " + std::to_string(demo_listener_count) +
         R"( listeners hear a clip.

Sizes of the planted effects, in logits for one standard deviation of the value:

)" + effect_lines() +
         R"(
tempo_bpm is the true tempo, uniform in 80 to 170. major_mode is 1 for major and 0 for natural minor.
drum_level_db is the RMS of the drums over that of everything else, in decibels, uniform in -18 to 0.
hook_repetition is the share of the hook's notes that repeat its motif, uniform in 0 to 1. brightness is the
strength of the upper partials, from 0 to 1. key is the pitch class of the tonic: 0 (C), 5 (F) or 7 (G); there
are only these three so that the mode can be seen in pitch-class features without knowing the key.

What the features of MusicMem (ehc) can see of it, and what they cannot:
  tempo_bpm        as bpm
  drum_level_db    as drums_db_mean, though separated by an approximation
  major_mode       as the thirds above the three tonics: E_mean, A_mean and B_mean are higher in major and raise the
                   score; Ds_mean, Gs_mean and As_mean are higher in minor, but other chords have these notes too
  hook_repetition  not at all: features describe one second each, and nothing in a second says that it comes again
  noise            not at all: it is of the listeners, and keeps any correlation below 1

truth.csv has a row for each clip:
  track, score                       as in the labels
  recognised, listeners              score = recognised / listeners
  probability, latent                as above
  intercept, noise                   with the effects they add up to latent
  tempo_bpm ... key                  values
  tempo_effect ... key_effect        contributions to latent
  tempo_size, tempo_center, tempo_spread ... key_spread
                                     the constants of each effect, the same in every row
)" + artists_text(study);
}

}  // namespace musicmem::data
