// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/feature_sources.h"

#include "config/error.h"
#include "data/files/hash.h"

#include <algorithm>
#include <set>

namespace musicmem::launcher {
namespace {

bool takes(const config::ModelSpec& model, const std::string& set) {
  return std::ranges::find(model.features.sets, set) != model.features.sets.end();
}

// Of the study's audio or table.
std::vector<int> semitones_of(const Study& study) {
  if (!study.experiment.data.from_table()) return study.experiment.augment.pitch_semitones;
  std::set<int> found(study.table.row_semitones.begin(), study.table.row_semitones.end());
  found.erase(0);
  return {found.begin(), found.end()};
}

// The first model that takes pitch variants of the set; null for none.
const config::ModelSpec* model_with_variants(const config::Experiment& experiment, const std::string& set) {
  const auto wants = [&](const config::ModelSpec& model) {
    return takes(model, set) && std::ranges::any_of(model.variants, config::uses_augmented_rows);
  };
  const auto found = std::ranges::find_if(experiment.models, wants);
  return found == experiment.models.end() ? nullptr : &*found;
}

std::string hash_of(const config::FeatureSource& source, const std::vector<std::filesystem::path>& files,
                    const SetChecksums& checksums) {
  data::Hasher hasher;
  hasher.add(reading_text(source));
  for (const std::filesystem::path& file : files)
    hasher.add(file.lexically_relative(source.source).generic_string()).add(checksums.at(file));
  return hasher.hex();
}

}  // namespace

std::vector<std::string> sets_from_files(const config::Experiment& experiment) {
  std::vector<std::string> names;
  for (const auto& [name, source] : experiment.features.sets) {
    if (!source.is_encoder() &&
        std::ranges::any_of(experiment.models, [&](const auto& model) { return takes(model, name); }))
      names.push_back(name);
  }
  return names;
}

features::ArraySet open_set(const Study& study, const std::string& set) {
  const config::ModelSpec* const with_variants = model_with_variants(study.experiment, set);
  features::ArrayRequest request;
  request.set = set;
  request.tracks.tracks = study.tracks;
  request.tracks.labels = study.labels;
  if (with_variants != nullptr) request.semitones = semitones_of(study);
  const config::FeatureSource& source = study.experiment.features.sets.at(set);
  features::ArraySet opened(source, std::move(request));
  if (with_variants == nullptr || opened.has_variants()) return opened;
  const auto variant = std::ranges::find_if(with_variants->variants, config::uses_augmented_rows);
  throw Error("variant " + to_string(*variant) + " of model '" + with_variants->label +
                  "' learns from pitch variants, and feature set " + set + " holds originals only",
              source.source.string(), "add them below <n>_semitones/, or leave out the variant");
}

SetContent content_of_set(const Study& study, const std::string& set, const SetChecksums& checksums) {
  const config::FeatureSource& source = study.experiment.features.sets.at(set);
  const features::ArraySet opened = open_set(study, set);
  return {hash_of(source, opened.files(false), checksums), hash_of(source, opened.files(true), checksums)};
}

}  // namespace musicmem::launcher
