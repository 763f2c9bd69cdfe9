// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/checks/study_needs.h"

#include "config/experiment.h"
#include "features/feature_set.h"
#include "features/sound/segments.h"
#include "launcher/study/study.h"
#include "models/kinds/model_kinds.h"

#include <algorithm>

namespace musicmem::launcher {

StudyNeeds estimate_needs(const config::Experiment& experiment, std::size_t tracks, int folds) {
  const std::uint64_t segments = features::Segments(experiment.features.clip).count;
  const config::ClipGeometry published;  // whose clips FeatureSetKind::bytes are of
  const double growth =
      std::max(experiment.features.clip.seconds / published.seconds,
               static_cast<double>(segments) / static_cast<double>(features::Segments(published).count));
  const std::uint64_t variants = experiment.augment.pitch_semitones.size() + 1;
  StudyNeeds needs;
  std::uint64_t largest = 0;
  for (const config::AudioSet& set : feature_sets(experiment)) {
    constexpr std::uint64_t copies = 2;  // shards, and the file compacted from them
    const auto bytes = static_cast<std::uint64_t>(
        growth * static_cast<double>(tracks * variants * features::kind_of(set).bytes));
    if (!experiment.data.from_table()) needs.feature_bytes += copies * bytes;
    largest = std::max(largest, bytes);
  }
  constexpr std::uint64_t usual_embedding = 1024;  // columns
  std::uint64_t largest_fit = 0;
  for (const config::ModelSpec& model : experiment.models) {
    std::uint64_t columns = 0;
    for (const std::string& name : model.features.sets) {
      const auto set = config::built_in_set(name);
      columns += set ? features::kind_of(*set).columns : usual_embedding;
    }
    for (const config::Variant variant : model.variants) {
      const std::uint64_t rows = tracks * segments * (uses_augmented_rows(variant) ? variants : 1);
      const models::FitCosts costs = models::kind_of(model.name).costs(model, rows, columns);
      const std::uint64_t fits = experiment.cross_validation.seeds.size() *
                                 static_cast<std::uint64_t>(folds * experiment.cross_validation.repeats);
      needs.run_bytes += fits * (costs.weight_bytes + tracks * (segments + 1) * 80);
      largest_fit = std::max(largest_fit, costs.memory_bytes);
    }
  }
  constexpr std::uint64_t program = 200ULL << 20;  // libraries and the sound of one clip in all its variants
  needs.memory_per_rank = program + largest + largest_fit;
  return needs;
}

}  // namespace musicmem::launcher
