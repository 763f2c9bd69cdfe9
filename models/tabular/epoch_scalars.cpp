// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/epoch_scalars.h"

#include "models/statistics/metrics.h"

namespace musicmem::models {

data::Scalars epoch_scalars(const EpochOutcome& epoch, const std::vector<double>& labels,
                            const std::vector<double>& scores) {
  data::Scalars scalars = {{"loss/train", epoch.loss},
                           {"learning_rate", epoch.learning_rate},
                           {"gradient_norm", epoch.gradient_norm},
                           {"rows_per_second", epoch.rows_per_second}};
  if (labels.empty()) return scalars;
  const Metrics metrics = compute_metrics(labels, scores);
  scalars.emplace_back("validation/mse", metrics.mse);
  scalars.emplace_back("validation/mae", metrics.mae);
  if (metrics.spearman) scalars.emplace_back("validation/spearman", *metrics.spearman);
  if (metrics.pearson) scalars.emplace_back("validation/pearson", *metrics.pearson);
  return scalars;
}

}  // namespace musicmem::models
