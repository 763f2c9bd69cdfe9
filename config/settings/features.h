// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/clip.h"
#include "config/settings/feature_source.h"
#include "config/settings/setting.h"

#include <compare>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace musicmem::config {

// What the store makes from audio.
enum class FeatureSet { ehc, classic, fbank, encoder };  // an encoder has no word: it goes by its set's name

constexpr Words<FeatureSet, 3> words(FeatureSet) {
  return {{{"ehc", FeatureSet::ehc}, {"classic", FeatureSet::classic}, {"fbank", FeatureSet::fbank}}};
}

// Tuning of the chroma's constant-Q transform: estimated per segment, once per clip, or a fixed fraction of a
// bin.
struct Tuning {
  enum class Kind { per_segment, per_clip, fixed };
  Kind kind = Kind::per_segment;
  double fraction = 0.0;  // of a chroma bin, [-0.5, 0.5); only for fixed

  bool operator==(const Tuning&) const = default;

  static constexpr const char* range = "estimate | clip | a number from -0.5 up to 0.5";
  static constexpr const char* another = "0.25";
  // As --tuning and features.ehc.harmony.tuning take it. Throws Error.
  static Tuning parse(const std::string& text);
};

std::string to_string(const Tuning& tuning);

struct Harmony {
  Tuning tuning;
};

template <class V, SettingsOf<Harmony> S>
void visit(V& v, S& harmony) {
  v("tuning", harmony.tuning, Effect::input,
    "of the chroma: estimated for each segment, once for each clip, or a fraction of a bin");
}

// Where the levels of vocals, drums, bass and other come from.
struct Stems {
  enum class Source { approximate, directory, torchscript };
  Source source = Source::approximate;
  std::filesystem::path path;  // directory: of the separated stems; torchscript: the exported separator

  // Of the separator, only for torchscript.
  int sample_rate = 44100;
  int channels = 2;
  std::vector<std::string> sources = {"drums", "bass", "other", "vocals"};
  int batch = 4;
};

// The four sources, in the order of the published table.
const std::vector<std::string>& stem_names();

constexpr Words<Stems::Source, 3> words(Stems::Source) {
  return {{{"approximate", Stems::Source::approximate},
           {"directory", Stems::Source::directory},
           {"torchscript", Stems::Source::torchscript}}};
}

template <class V, SettingsOf<Stems> S>
void visit(V& v, S& stems) {
  using enum Effect;
  constexpr int highest_rate = 768000;
  v("source", stems.source, input,
    "of the levels of vocals, drums, bass and other: signal processing, separated stems beside the clips, or "
    "a separator");
  v.only_if(stems.source != Stems::Source::approximate, "source: directory or torchscript", [&] {
    v("path", stems.path, input,
      "directory of <clip>/<source>.wav, or the separator exported as TorchScript");
  });
  v.only_if(stems.source == Stems::Source::torchscript, "source: torchscript", [&] {
    v("sample_rate", stems.sample_rate, input, between(1000, highest_rate), "Hz that it takes and gives");
    v("channels", stems.channels, input, between(1, 8), "that it takes; mono clips are repeated");
    v("sources", stems.sources, input,
      "its outputs in their order: vocals, drums, bass and other; any further ones count as other");
    v("batch", stems.batch, nothing, between(1, 1024), "clips separated at once");
  });
}

std::optional<Conflict> conflict(const Stems& stems);

// Where static valence and arousal come from; without a source their columns are left out.
struct Emotion {
  enum class Source { none, csv, model };
  Source source = Source::none;
  std::filesystem::path path;  // csv: track,static_valence,static_arousal; model: of `musicmem emotion train`
  bool in_table = false;       // no setting: data.table has the columns
};

constexpr Words<Emotion::Source, 3> words(Emotion::Source) {
  return {
      {{"none", Emotion::Source::none}, {"csv", Emotion::Source::csv}, {"model", Emotion::Source::model}}};
}

template <class V, SettingsOf<Emotion> S>
void visit(V& v, S& emotion) {
  using enum Effect;
  v("source", emotion.source, input,
    "of static valence and arousal: left out, a table, or a model of `musicmem emotion train`");
  v.only_if(emotion.source != Emotion::Source::none, "source: csv or model", [&] {
    v("path", emotion.path, input, "CSV track,static_valence,static_arousal, or the model's weights");
  });
}

std::optional<Conflict> conflict(const Emotion& emotion);

struct EhcSettings {
  Harmony harmony;
  std::filesystem::path tempo;  // CSV track,bpm; empty: estimated from the clip
  Stems stems;
  Emotion emotion;
};

template <class V, SettingsOf<EhcSettings> S>
void visit(V& v, S& ehc) {
  v.section("harmony", ehc.harmony);
  v("tempo", ehc.tempo, Effect::input, WordOrPath{"clip"}, "estimated from the clip, or a CSV track,bpm");
  v.section("stems", ehc.stems);
  v.section("emotion", ehc.emotion);
}

struct FbankSettings {
  int mel_bins = 128;
  std::optional<int> target_length = std::nullopt;  // empty: "auto"
};

template <class V, SettingsOf<FbankSettings> S>
void visit(V& v, S& fbank) {
  using enum Effect;
  v("mel_bins", fbank.mel_bins, input, between(128, 128), "bands of the log-mel spectrogram");
  v("target_length", fbank.target_length, spectrogram_fits, WordOr<int>{"auto", {16, 10000}},
    "frames of 10 ms that a clip is cut or padded to, where ssast has no target_length of its own; auto: "
    "100 a second of the clip");
}

struct Features {
  std::filesystem::path store = "data/features";
  ClipGeometry clip;
  EhcSettings ehc;
  FbankSettings fbank;
  std::map<std::string, FeatureSource> sets;  // made elsewhere, by name
};

template <class V, SettingsOf<Features> S>
void visit(V& v, S& features) {
  v("store", features.store, Effect::nothing, "directory that features are kept in, shared by studies");
  v.section("clip", features.clip);
  v.section("ehc", features.ehc);
  v.section("fbank", features.fbank);
  v.named("sets", features.sets);
}

// Frames of 10 ms that a clip, or a segment of one, is cut or padded to: 100 a second, at least one patch of 16.
int clip_frames(const Features& features);
int segment_frames(const Features& features);

std::optional<Conflict> conflict(const Features& features);

// The built-in set of this name; empty for others.
std::optional<FeatureSet> built_in_set(std::string_view name);

// A set that is made from audio: a built-in one, or that of an encoder in features.sets.
struct AudioSet {
  FeatureSet kind;
  std::string name;  // as models call it

  AudioSet(FeatureSet built_in) : kind(built_in), name(to_string(built_in)) {}
  explicit AudioSet(std::string encoder) : kind(FeatureSet::encoder), name(std::move(encoder)) {}
  auto operator<=>(const AudioSet&) const = default;
};
inline const std::string& to_string(const AudioSet& set) {
  return set.name;
}

// Of this name; empty for a set that comes from files, and for others.
std::optional<AudioSet> audio_set(const Features& features, const std::string& name);

}  // namespace musicmem::config
