// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/recorded_settings.h"

#include "config/error.h"
#include "data/recorded_clip.h"

#include <fmt/ranges.h>

namespace musicmem::features {
namespace {

constexpr const char* tuning = "harmony_tuning";
constexpr const char* sources = "outside_sources";
constexpr const char* encoder = "encoder";
const std::string sets = "features.sets.";

// What the explainable features take from other files than the clips; empty for nothing.
std::string outside_sources(const config::EhcSettings& ehc) {
  std::vector<std::string> names;
  if (!ehc.tempo.empty()) names.emplace_back("a tempo table");
  if (ehc.stems.source != config::Stems::Source::approximate) {
    names.push_back("stems (" + to_string(ehc.stems.source) + ")");
  }
  if (ehc.emotion.source != config::Emotion::Source::none) {
    names.push_back("valence and arousal (" + to_string(ehc.emotion.source) + ")");
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::map<std::string, std::string> recorded_settings(const config::Features& features,
                                                     const config::FeatureChoice& learned_from) {
  std::map<std::string, std::string> texts;
  bool from_files_alone = !learned_from.sets.empty();
  for (const std::string& name : learned_from.sets) {
    const auto set = features.sets.find(name);
    from_files_alone &= set != features.sets.end();
    if (set == features.sets.end()) continue;
    if (set->second.is_encoder()) texts[encoder] = name;
    if (!set->second.is_encoder()) texts[sets + name] = reading_text(set->second);
  }
  if (from_files_alone) return texts;
  texts.merge(data::recorded_clip(features.clip));
  texts[tuning] = to_string(features.ehc.harmony.tuning);
  const std::string outside = outside_sources(features.ehc);
  if (!outside.empty()) texts[sources] = outside;
  return texts;
}

void take_recorded_settings(config::Features& features, const std::map<std::string, std::string>& texts,
                            const std::string& origin) {
  if (texts.contains(tuning)) features.ehc.harmony.tuning = config::Tuning::parse(texts.at(tuning));
  features.clip = data::clip_recorded_in(texts, origin);
  for (const auto& [name, text] : texts) {
    if (name.starts_with(sets)) features.sets[name.substr(sets.size())] = config::reading_of_text(text);
  }
  if (texts.contains(encoder)) {
    throw Error("was trained on features of an encoder, " + texts.at(encoder), origin,
                "use --run with the run that it belongs to");
  }
  if (texts.contains(sources)) {
    throw Error("was trained on features that need " + texts.at(sources) + " beside the audio", origin,
                "use --run with the run that it belongs to");
  }
}

}  // namespace musicmem::features
