// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/feature_tables.h"

#include "config/error.h"
#include "data/joined_tables.h"
#include "features/feature_blocks.h"
#include "features/feature_set.h"
#include "features/store/feature_store.h"
#include "launcher/study/feature_sources.h"
#include "launcher/study/spectrograms.h"
#include "launcher/study/study.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

namespace musicmem::launcher {
namespace {

// Numbers of a store that are read at once: 16 MB, however many there are.
constexpr std::size_t most_at_once = 2'000'000;

data::SegmentTable rows_without_features(const Study& study) {
  data::SegmentTable table;
  table.tracks = study.tracks;
  table.labels = study.labels;
  table.values = data::Matrix(study.tracks.size(), 0);
  table.row_track.resize(study.tracks.size());
  std::iota(table.row_track.begin(), table.row_track.end(), 0);
  table.row_segment.assign(study.tracks.size(), 0);
  table.row_semitones.assign(study.tracks.size(), 0);
  return table;
}

data::SegmentTable joined(const Study& study, const config::FeatureChoice& choice,
                          const FeatureTables& sets) {
  std::vector<data::NamedTable> parts;
  for (const std::string& name : choice.sets) parts.push_back({name, &sets.at(name)});
  const bool with_variants =
      std::ranges::any_of(study.experiment.models, [&](const config::ModelSpec& model) {
        return model.features == choice && std::ranges::any_of(model.variants, config::uses_augmented_rows);
      });
  return data::join_tables(parts, with_variants);
}

}  // namespace

data::SegmentTable load_feature_table(const Study& study, const PreparedFeatures& prepared) {
  const features::CompactedFeatures& compacted = *prepared.table;
  const std::string dataset = features::dataset_of(prepared.store.key().set);
  const data::hdf5::Shape shape = compacted.shape(dataset);
  std::multimap<std::string, std::size_t> samples_of;
  for (std::size_t sample = 0; sample < compacted.samples(); ++sample) {
    samples_of.emplace(compacted.tracks()[sample], sample);
  }

  data::SegmentTable table;
  table.tracks = study.tracks;
  table.labels = study.labels;
  table.groups = study.groups;
  table.given_folds = study.given_folds;
  table.weights = study.weights;
  const data::TrackColumns said = track_columns(study.experiment);
  if (said.target != config::Target().column) table.label_column = said.target;
  if (!said.group.empty()) table.group_column = said.group;
  table.weight_column = said.weight;
  table.clip = study.experiment.features.clip;
  table.columns = compacted.columns(dataset);
  const std::size_t segments = shape.size() == 3 ? shape[1] : 1;
  if (shape.size() < 2 || shape.front() != compacted.samples() || shape.back() != table.columns.size()) {
    throw Error("its datasets do not fit together", prepared.store.features_path(prepared.entries).string(),
                "remove it and prepare again");
  }
  // One sample of the store becomes its segments' rows; a set without segments is one row, segment 0.
  std::vector<std::optional<std::size_t>> first_row(compacted.samples());
  for (std::size_t track = 0; track < study.tracks.size(); ++track) {
    const auto [first, last] = samples_of.equal_range(study.clips[track].name);
    for (auto sample = first; sample != last; ++sample) {
      first_row[sample->second] = table.row_track.size();
      for (std::size_t segment = 0; segment < segments; ++segment) {
        table.row_track.push_back(static_cast<int>(track));
        table.row_segment.push_back(segments == 1 ? 0 : static_cast<int>(segment) + 1);
        table.row_semitones.push_back(compacted.semitones()[sample->second]);
      }
    }
  }
  table.values = data::Matrix(table.row_track.size(), table.columns.size());
  const std::size_t sample_size = segments * table.columns.size();
  const std::size_t samples_at_once =
      std::max(std::size_t{1}, most_at_once / std::max(std::size_t{1}, sample_size));
  for (std::size_t start = 0; start < first_row.size(); start += samples_at_once) {
    const std::size_t count = std::min(samples_at_once, first_row.size() - start);
    const std::vector<double> block = compacted.doubles(dataset, start, count);
    for (std::size_t i = 0; i < count; ++i) {
      if (!first_row[start + i]) continue;
      std::copy_n(block.data() + i * sample_size, sample_size,
                  table.values.values().data() + *first_row[start + i] * table.columns.size());
    }
  }
  return table;
}

data::SegmentTable ablated_table(const data::SegmentTable& table, const config::FeatureChoice& features,
                                 const std::string& ablation) {
  const std::size_t dash = ablation.find('-');
  const bool keeps = ablation.starts_with("only");
  const std::vector<std::size_t> named = features::columns_of_block(
      features::feature_blocks(features, table.columns), ablation.substr(dash + 1));
  std::vector<std::size_t> left;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    if (std::ranges::binary_search(named, c) == keeps) left.push_back(c);
  }
  if (named.empty() || left.empty())
    throw Error("ablation " + ablation + " has no columns to learn from", "",
                "leave it out of the model's ablate");
  data::SegmentTable result;
  result.tracks = table.tracks;
  result.labels = table.labels;
  result.groups = table.groups;
  result.given_folds = table.given_folds;
  result.weights = table.weights;
  for (const std::size_t c : left) result.columns.push_back(table.columns[c]);
  result.values = data::Matrix(table.values.rows(), left.size());
  for (std::size_t r = 0; r < table.values.rows(); ++r) {
    for (std::size_t i = 0; i < left.size(); ++i) result.values(r, i) = table.values(r, left[i]);
  }
  result.row_track = table.row_track;
  result.row_segment = table.row_segment;
  result.row_semitones = table.row_semitones;
  return result;
}

FeatureTables load_feature_tables(const Study& study, const std::vector<PreparedFeatures>& prepared) {
  FeatureTables sets;  // by name
  if (study.experiment.data.from_table()) sets[to_string(features::set_of_tables)] = study.table;
  for (const PreparedFeatures& prepared_set : prepared) {
    const config::AudioSet& set = prepared_set.store.key().set;
    sets[to_string(set)] = features::kind_of(set).is_spectrogram ? spectrogram_rows(study, prepared_set)
                                                                 : load_feature_table(study, prepared_set);
  }
  for (const std::string& set : sets_from_files(study.experiment)) sets[set] = open_set(study, set).read();
  FeatureTables tables;
  for (const config::ModelSpec& model : study.experiment.models) {
    const std::string key = to_string(model.features);
    if (model.features.sets.empty()) tables[key] = rows_without_features(study);
    if (model.features.sets.size() > 1 && !tables.contains(key))
      tables[key] = joined(study, model.features, sets);
  }
  for (const config::ModelSpec& model : study.experiment.models) {
    const std::vector<std::string>& names = model.features.sets;
    if (names.size() == 1 && sets.contains(names[0])) tables.insert(sets.extract(names[0]));
  }
  for (auto& [key, table] : tables) {
    table.groups = study.groups;
    table.given_folds = study.given_folds;
    if (!table.columns.empty()) table.weights = study.weights;  // models that see no features heed none
  }
  return tables;
}

}  // namespace musicmem::launcher
