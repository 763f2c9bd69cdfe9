// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sources/emotion_model.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "data/files/sealed_file.h"
#include "data/hdf5/hdf5.h"
#include "data/hdf5/hdf5_trial.h"

#include <algorithm>
#include <cmath>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;

constexpr const char* format = "musicmem emotion model";
constexpr const char* seal_kind = "emotion model";

double score(const LinearScore& linear, std::span<const double> standardised) {
  double sum = linear.bias;
  for (std::size_t i = 0; i < standardised.size(); ++i) sum += linear.weights[i] * standardised[i];
  return sum;
}

void write_score(data::hdf5::Writer& writer, const std::string& name, const LinearScore& linear) {
  writer.dataset(name, linear.weights, {linear.weights.size()});
  writer.attribute(name, "bias", linear.bias);
}

LinearScore read_score(const data::hdf5::Reader& reader, const std::string& name) {
  return {reader.doubles(name), reader.number_attribute(name, "bias")};
}

bool all_finite(std::span<const double> values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

// The arrays belong together and can be computed with.
bool is_sound(const EmotionModel& model) {
  const std::size_t columns = model.columns.size();
  for (const auto* values : {&model.mean, &model.scale, &model.valence.weights, &model.arousal.weights}) {
    if (values->size() != columns || !all_finite(*values)) return false;
  }
  return columns > 0 && std::isfinite(model.valence.bias) && std::isfinite(model.arousal.bias) &&
         std::ranges::none_of(model.scale, [](double scale) { return scale == 0.0; });
}

}  // namespace

StaticEmotion EmotionModel::predict(const PooledFeatures& clip) const {
  if (clip.columns != columns) {
    throw Error("the emotion model was trained on other features than this program computes", "",
                "train it again with musicmem emotion train");
  }
  std::vector<double> standardised(columns.size());
  for (std::size_t i = 0; i < standardised.size(); ++i) {
    standardised[i] = (clip.values[i] - mean[i]) / scale[i];
  }
  return {score(valence, standardised), score(arousal, standardised)};
}

std::string to_bytes(const EmotionModel& model) {
  data::hdf5::ImageWriter writer;
  writer.attribute("/", "format", std::string(format));
  writer.attribute("/", "clips", static_cast<std::int64_t>(model.clips));
  if (model.clip_seconds != EmotionModel().clip_seconds)
    writer.attribute("/", "clip_seconds", model.clip_seconds);
  writer.dataset("columns", model.columns);
  writer.dataset("mean", model.mean, {model.mean.size()});
  writer.dataset("scale", model.scale, {model.scale.size()});
  write_score(writer, "static_valence", model.valence);
  write_score(writer, "static_arousal", model.arousal);
  std::string image = writer.bytes();
  data::seal_image(image, seal_kind, "");
  return image;
}

EmotionModel read_emotion_model(const fs::path& path) {
  const std::string bytes = data::read_file(data::hdf5::harmless(path));
  const data::hdf5::Reader reader(bytes, path.string());
  if (!reader.has_attribute("/", "format") || reader.text_attribute("/", "format") != format) {
    throw Error("is no emotion model", path.string(), "make one with musicmem emotion train");
  }
  if (data::check_image_seal(bytes, seal_kind, "") != data::SealState::good) {
    throw Error("is a damaged emotion model", path.string(), "train it again or copy it again");
  }
  EmotionModel model;
  model.columns = reader.strings("columns");
  model.mean = reader.doubles("mean");
  model.scale = reader.doubles("scale");
  model.valence = read_score(reader, "static_valence");
  model.arousal = read_score(reader, "static_arousal");
  model.clips = static_cast<std::size_t>(reader.number_attribute("/", "clips"));
  if (reader.has_attribute("/", "clip_seconds"))
    model.clip_seconds = reader.number_attribute("/", "clip_seconds");
  if (!is_sound(model)) throw Error("holds arrays that do not fit together", path.string());
  return model;
}

}  // namespace musicmem::features
