// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/features.h"

#include "config/error.h"
#include "config/plain_name.h"
#include "config/settings/setting_text.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace musicmem::config {
namespace {

// Of a source other than the built-in one.
Conflict no_path(const std::string& source, const std::string& what) {
  return {"path", "source " + source + " has no path", "add path: " + what};
}

// Frames of 10 ms.
int frames_of(double seconds) {
  constexpr double frames_a_second = 100.0;
  constexpr long one_patch = 16;
  return static_cast<int>(std::max(one_patch, std::lround(frames_a_second * seconds)));
}

std::optional<Conflict> conflict_of_set(const std::string& name, const FeatureSource& set) {
  if (!is_plain_name(name) || name.find('.') != std::string::npos)
    return Conflict{"sets", "'" + name + "' cannot name a feature set", "use letters, digits, '_' and '-'"};
  if (built_in_set(name)) {
    return Conflict{"sets", "'" + name + "' is the name of a set that is made from audio",
                    "call the set of features.sets otherwise"};
  }
  if (!set.source.empty() && set.is_encoder())
    return Conflict{"sets", "feature set '" + name + "' has both a source and an encoder",
                    "keep one of them"};
  if (!set.source.empty() || set.is_encoder()) return std::nullopt;
  return Conflict{
      "sets", "feature set '" + name + "' has no source",
      "add source: an HDF5 file, a folder of .npy or .npz files, or a CSV table; or encoder: FILE.pt"};
}

}  // namespace

std::optional<FeatureSet> built_in_set(std::string_view name) {
  for (const auto& word : words(FeatureSet{})) {
    if (word.text == name) return word.value;
  }
  return std::nullopt;
}

std::optional<AudioSet> audio_set(const Features& features, const std::string& name) {
  if (const auto built_in = built_in_set(name)) return AudioSet(*built_in);
  const auto set = features.sets.find(name);
  return set != features.sets.end() && set->second.is_encoder() ? std::optional(AudioSet(name))
                                                                : std::nullopt;
}

std::optional<Conflict> conflict(const Features& features) {
  for (const auto& [name, set] : features.sets) {
    if (auto found = conflict_of_set(name, set)) return found;
  }
  return std::nullopt;
}

Tuning Tuning::parse(const std::string& text) {
  if (text == "estimate") return {Tuning::Kind::per_segment, 0.0};
  if (text == "clip") return {Tuning::Kind::per_clip, 0.0};
  char* end = nullptr;
  const double fraction = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(fraction >= -0.5 && fraction < 0.5)) {
    throw Error("'" + text + "' is not a tuning", "",
                "use estimate, clip, or a fraction of a bin from -0.5 up to 0.5, without 0.5 itself");
  }
  return {Tuning::Kind::fixed, fraction};
}

std::string to_string(const Tuning& tuning) {
  if (tuning.kind == Tuning::Kind::per_segment) return "estimate";
  if (tuning.kind == Tuning::Kind::per_clip) return "clip";
  return exact_text(tuning.fraction);
}

const std::vector<std::string>& stem_names() {
  static const std::vector<std::string> names = {"vocals", "drums", "bass", "other"};
  return names;
}

std::optional<Conflict> conflict(const Stems& stems) {
  if (stems.source == Stems::Source::approximate) return std::nullopt;
  const bool is_separator = stems.source == Stems::Source::torchscript;
  if (stems.path.empty()) {
    return no_path(to_string(stems.source), is_separator ? "a separator exported as TorchScript"
                                                         : "a directory of <clip>/<source>.wav");
  }
  if (!is_separator) return std::nullopt;
  for (const std::string& name : stem_names()) {
    if (std::count(stems.sources.begin(), stems.sources.end(), name) == 1) continue;
    return Conflict{"sources", "the separator's sources must name '" + name + "' once",
                    "list its outputs in order, such as [drums, bass, other, vocals]; any further ones count "
                    "as other"};
  }
  return std::nullopt;
}

std::optional<Conflict> conflict(const Emotion& emotion) {
  if (emotion.source == Emotion::Source::none || !emotion.path.empty()) return std::nullopt;
  return no_path(to_string(emotion.source), emotion.source == Emotion::Source::csv
                                                ? "a CSV track,static_valence,static_arousal"
                                                : "the weights that musicmem emotion train wrote");
}

int clip_frames(const Features& features) {
  return features.fbank.target_length.value_or(frames_of(features.clip.seconds));
}

int segment_frames(const Features& features) {
  return frames_of(features.clip.segment);
}

}  // namespace musicmem::config
