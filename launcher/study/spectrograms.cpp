// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/spectrograms.h"

#include "config/error.h"
#include "data/files/hash.h"
#include "features/feature_set.h"
#include "features/store/feature_store.h"
#include "launcher/study/study.h"

#include <algorithm>

namespace musicmem::launcher {

const PreparedFeatures& fbank_of(const std::vector<PreparedFeatures>& prepared) {
  return *std::find_if(prepared.begin(), prepared.end(), [](const PreparedFeatures& prepared_set) {
    return features::kind_of(prepared_set.store.key().set).is_spectrogram;
  });
}

models::SpectrogramTable load_spectrograms(const Study& study, const PreparedFeatures& prepared,
                                           config::SsastInput input) {
  const features::CompactedFeatures& compacted = *prepared.table;
  const auto shape = compacted.shape(to_string(prepared.store.key().set));
  if (shape.size() != 3 || shape[2] != models::spectrogram_bins) {
    throw Error("holds no log-mel spectrograms of " + std::to_string(models::spectrogram_bins) + " bins",
                prepared.store.features_path(prepared.entries).string(),
                "remove it and run `musicmem prepare` on the experiment");
  }
  std::multimap<std::string, std::size_t> samples_of;
  for (std::size_t i = 0; i < compacted.samples(); ++i) samples_of.emplace(compacted.tracks()[i], i);
  models::SpectrogramTable table = models::spectrogram_table(prepared.table, study.tracks, study.labels);
  table.rows.groups = study.groups;
  table.rows.given_folds = study.given_folds;
  table.rows.weights = study.weights;
  for (std::size_t track = 0; track < study.tracks.size(); ++track) {
    const auto [first, last] = samples_of.equal_range(study.clips[track].name);
    for (auto sample = first; sample != last; ++sample) {
      models::append_spectrogram_rows(table, static_cast<int>(track), compacted.semitones()[sample->second],
                                      sample->second, shape[1], input == config::SsastInput::segment,
                                      study.experiment.features.clip);
    }
  }
  return table;
}

data::SegmentTable spectrogram_rows(const Study& study, const PreparedFeatures& prepared) {
  data::SegmentTable rows = load_spectrograms(study, prepared, config::SsastInput::clip).rows;
  data::Hasher content;
  for (const features::StoreEntry& entry : prepared.entries) content.add(entry.name).add(entry.work_hash);
  rows.columns = {"log-mel " + content.hex()};
  return rows;
}

}  // namespace musicmem::launcher
