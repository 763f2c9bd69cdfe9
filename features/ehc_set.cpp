// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "data/recorded_clip.h"
#include "data/segment_table.h"
#include "features/ehc.h"
#include "features/feature_set.h"

#include <algorithm>

#include <fmt/ranges.h>

namespace musicmem::features {
namespace {

using Stems = config::Stems::Source;
using Emotion = config::Emotion::Source;

// Raised whenever the code computes other numbers from the same audio, as classic_version.
constexpr int version = 3;

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

std::string parameters(const config::Features& features, const std::string&) {
  const config::EhcSettings& ehc = features.ehc;
  return "version: " + std::to_string(version) + "\n" + data::clip_parameters(features.clip) +
         data::segment_parameters(features.clip) + "harmony_tuning: " + to_string(ehc.harmony.tuning) +
         "\ntempo: " + (ehc.tempo.empty() ? "clip" : "table") + "\n" + stems_parameters(ehc.stems) +
         emotion_parameters(ehc.emotion);
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

Notes notes(const config::Features& features) {
  const config::EhcSettings& ehc = features.ehc;
  return {{"stems_note", stems_note(ehc.stems.source)},
          {"emotion_note", emotion_note(ehc.emotion.source)},
          {"tempo_note",
           ehc.tempo.empty() ? "the tempo is estimated from the clip" : "the tempo comes from a table"}};
}

std::string meaning_of(const config::ClipGeometry& clip) {
  const std::string segment =
      clip.segment == 1.0 ? "one-second segment" : fmt::format("segment of {} s", clip.segment);
  return fmt::format("explainable features of each {}, hop {} s", segment, clip.hop);
}

std::vector<std::string> groups_of(const config::Features& features) {
  std::vector<std::string> groups = {"harmony", "tempo", "timbre"};
  if (features.ehc.emotion.source != Emotion::none || features.ehc.emotion.in_table)
    groups.emplace_back("emotion");
  return groups;
}

std::string group_of(const std::string& column) {
  const auto is_in = [&](const std::vector<std::string>& columns) {
    return std::ranges::find(columns, column) != columns.end();
  };
  if (is_in(data::harmony_columns())) return "harmony";
  if (is_in(data::timbre_columns())) return "timbre";
  return is_in(data::emotion_columns()) ? "emotion" : "tempo";
}

class EhcSet : public SetExtractor {
 public:
  EhcSet(const config::Features& settings, int gpu)
      : ehc_(settings, gpu), meaning_(meaning_of(settings.clip)) {}

  void open(const PitchVariants& variants) override { ehc_.open(variants); }

  std::vector<SampleArray> empty_arrays() const override {
    const std::vector<std::string>& columns = ehc_.columns();
    const std::uint64_t segments = ehc_.segments().count;
    const auto doubles = std::vector<double>();
    return {{"ehc",
             meaning_,
             "chroma: 1, bpm: beats per minute, *_db_*: dB, static_*: scale of their source",
             columns,
             {segments, columns.size()},
             doubles},
            {"chroma_cqt",
             "constant-Q chroma of each segment, pitch classes C to B, each frame's maximum is 1",
             "1",
             {},
             {},
             std::vector<float>()},
            {"chroma_tuning",
             "deviation of each segment from A4 = 440 Hz",
             "bins of 1/36 octave",
             {},
             {segments},
             doubles},
            {"bpm", "tempo of the original clip", "beats per minute", {}, {}, doubles}};
  }

  void append(std::size_t variant, ClipAnalysis& clip, std::vector<SampleArray>& arrays) override {
    const EhcFeatures features = ehc_.extract(variant, clip);
    features::append(arrays[0], features.values);
    features::append(arrays[1], features.chroma_cqt);
    arrays[1].shape = {ehc_.segments().count, pitch_classes,
                       static_cast<std::uint64_t>(features.chroma_frames)};
    features::append(arrays[2], features.chroma_tuning);
    features::append(arrays[3], std::vector<double>{features.bpm});
  }

  std::string anomaly() const override { return ehc_.anomaly(); }

 private:
  EhcExtractor ehc_;
  std::string meaning_;
};

}  // namespace

constinit const FeatureSetKind ehc_set = {
    .set = config::FeatureSet::ehc,
    .has_side_inputs = true,
    .columns = 35,
    .bytes = 9 * (35 + 12 * 32 + 2) * sizeof(double),
    .parameters = parameters,
    .notes = notes,
    .groups = groups_of,
    .group = group_of,
    .open = [](const config::Features& features, const std::string&,
               int gpu) -> std::unique_ptr<SetExtractor> { return std::make_unique<EhcSet>(features, gpu); }};

}  // namespace musicmem::features
