// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/store/store_key.h"

#include "config/experiment.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"

#include <fmt/ranges.h>

namespace musicmem::features {
namespace {

using Stems = config::Stems::Source;
using Emotion = config::Emotion::Source;

// Raised whenever the code computes other numbers from the same audio: stores of
// other versions are left alone.
constexpr int ehc_version = 3;
constexpr int classic_version = 3;
constexpr int fbank_version = 2;

std::string file_checksum(const std::filesystem::path& path) {
  return data::checksum(data::read_file(path));
}

// Stem files and table rows are inputs of each clip's work; the separator is one for all.
std::string stems_parameters(const config::Stems& stems) {
  std::string text = "stems: " + to_string(stems.source) + "\n";
  if (stems.source == Stems::torchscript) {
    text += "separator: " + file_checksum(stems.path) +
            "\nseparator_rate: " + std::to_string(stems.sample_rate) +
            "\nseparator_channels: " + std::to_string(stems.channels) +
            fmt::format("\nseparator_sources: [{}]\n", fmt::join(stems.sources, ", "));
  }
  return text;
}

std::string emotion_parameters(const config::Emotion& emotion) {
  std::string text = "emotion: " + to_string(emotion.source) + "\n";
  if (emotion.source == Emotion::model) {
    text += "emotion_model: " + file_checksum(emotion.path) +
            "\nclassic_version: " + std::to_string(classic_version) + "\n";  // which it predicts from
  }
  return text;
}

std::string set_parameters(config::FeatureSet set, const config::Features& features) {
  switch (set) {
    case config::FeatureSet::ehc:
      return "version: " + std::to_string(ehc_version) +
             "\nharmony_tuning: " + to_string(features.ehc.harmony.tuning) +
             "\ntempo: " + (features.ehc.tempo.empty() ? "clip" : "table") + "\n" +
             stems_parameters(features.ehc.stems) + emotion_parameters(features.ehc.emotion);
    case config::FeatureSet::classic:
      return "version: " + std::to_string(classic_version) + "\n";
    case config::FeatureSet::fbank:
      return "version: " + std::to_string(fbank_version) +
             "\nmel_bins: " + std::to_string(features.fbank.mel_bins) + "\n";
  }
  return "";
}

std::string stems_note(Stems source) {
  switch (source) {
    case Stems::directory:
      return "vocals, drums, bass and other come from separated stems beside the clips";
    case Stems::torchscript:
      return "vocals, drums, bass and other come from a TorchScript separator, see separator in parameters";
    case Stems::approximate:
      break;
  }
  return "vocals, drums, bass and other are a signal-processing approximation "
         "(harmonic/percussive separation and band splitting), not separated sources";
}

std::string emotion_note(Emotion source) {
  switch (source) {
    case Emotion::csv:
      return "static_valence and static_arousal come from a table; every segment and variant has the clip's";
    case Emotion::model:
      return "static_valence and static_arousal are predicted by a linear SVR from the whole variant, see "
             "emotion_model in parameters";
    case Emotion::none:
      break;
  }
  return "no source of static valence and arousal was given: the two columns are left out";
}

}  // namespace

StoreKey store_key(config::FeatureSet set, const config::Experiment& experiment) {
  StoreKey key{set, "", "", {}};
  key.parameters =
      "feature_set: " + to_string(set) + "\n" + set_parameters(set, experiment.features) +
      "pitch_semitones: " + fmt::format("[{}]\n", fmt::join(experiment.augment.pitch_semitones, ", "));
  key.hash = data::checksum(key.parameters).substr(0, 16);
  if (set == config::FeatureSet::ehc) {
    const config::EhcSettings& ehc = experiment.features.ehc;
    key.notes = {{"stems_note", stems_note(ehc.stems.source)},
                 {"emotion_note", emotion_note(ehc.emotion.source)},
                 {"tempo_note", ehc.tempo.empty() ? "the tempo is estimated from the clip"
                                                  : "the tempo comes from a table"}};
  }
  return key;
}

}  // namespace musicmem::features
