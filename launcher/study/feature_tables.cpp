// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/feature_tables.h"

#include "config/error.h"
#include "features/feature_set.h"
#include "features/store/feature_store.h"
#include "launcher/study/spectrograms.h"
#include "launcher/study/study.h"

namespace musicmem::launcher {
namespace {

// One sample of the store becomes its segments' rows; a set without segments is one row, segment 0.
void append_sample(data::SegmentTable& table, int track, int semitones, std::size_t segments,
                   std::span<const double> values) {
  const std::size_t columns = table.columns.size();
  for (std::size_t segment = 0; segment < segments; ++segment) {
    table.row_track.push_back(track);
    table.row_segment.push_back(segments == 1 ? 0 : static_cast<int>(segment) + 1);
    table.row_semitones.push_back(semitones);
    table.values.append_row(values.subspan(segment * columns, columns));
  }
}

}  // namespace

data::SegmentTable load_feature_table(const Study& study, const PreparedFeatures& prepared) {
  const features::CompactedFeatures& compacted = *prepared.table;
  const std::string dataset = to_string(prepared.store.key().set);
  const data::hdf5::Shape shape = compacted.shape(dataset);
  const std::vector<double> values = compacted.doubles(dataset);
  std::multimap<std::string, std::size_t> samples_of;
  for (std::size_t sample = 0; sample < compacted.samples(); ++sample) {
    samples_of.emplace(compacted.tracks()[sample], sample);
  }

  data::SegmentTable table;
  table.tracks = study.tracks;
  table.labels = study.labels;
  table.columns = compacted.columns(dataset);
  const std::size_t segments = shape.size() == 3 ? shape[1] : 1;
  const std::size_t sample_size = segments * table.columns.size();
  if (values.size() != compacted.samples() * sample_size) {
    throw Error("its datasets do not fit together", prepared.store.features_path(prepared.entries).string(),
                "remove it and prepare again");
  }
  for (std::size_t track = 0; track < study.tracks.size(); ++track) {
    const auto [first, last] = samples_of.equal_range(study.clips[track].name);
    for (auto sample = first; sample != last; ++sample) {
      append_sample(table, static_cast<int>(track), compacted.semitones()[sample->second], segments,
                    std::span<const double>(values).subspan(sample->second * sample_size, sample_size));
    }
  }
  return table;
}

std::map<config::FeatureSet, data::SegmentTable> load_feature_tables(
    const Study& study, const std::vector<PreparedFeatures>& prepared) {
  if (study.experiment.data.from_table()) return {{features::set_of_tables, study.table}};
  std::map<config::FeatureSet, data::SegmentTable> tables;
  for (const PreparedFeatures& prepared_set : prepared) {
    const config::FeatureSet set = prepared_set.store.key().set;
    tables[set] = features::kind_of(set).is_spectrogram ? spectrogram_rows(study, prepared_set)
                                                        : load_feature_table(study, prepared_set);
  }
  return tables;
}

}  // namespace musicmem::launcher
