// SPDX-License-Identifier: GPL-3.0-or-later
// The part of report.h and words.h on learning curves.
#include "config/exact_text.h"
#include "data/files/csv.h"
#include "launcher/report/report.h"
#include "launcher/report/words.h"
#include "launcher/results/learning_curve.h"
#include "launcher/text/markup.h"

namespace musicmem::launcher {
namespace {

std::string field(const std::optional<double>& value) {
  return value ? data::format_number(*value) : "";
}

}  // namespace

Table learning_table(const RunResults& results) {
  using enum Column::Kind;
  Table table{.columns = {{"model", name, "Model"},
                          {"share", number, "Share"},
                          {"training tracks", number, "Tracks"},
                          {"fits", count},
                          {"Spearman", number, "Spearman"},
                          {"Pearson"},
                          {"MSE"},
                          {"MAE", number, "MAE"},
                          {"pooled Spearman", number, "Pooled"},
                          {"95 % interval", interval, "95\\,\\% interval"}},
              .is_wide = true};
  for (const LearningCurve& curve : learning_curves(results)) {
    for (const LearningPoint& point : curve) {
      const FitGroup& group = *point.group;
      table.rows.push_back({group.model_title(),
                            exact_text(point.share),
                            rounded(point.training_tracks, 1),
                            {group.fits.size(), group.expected_fits},
                            rounded(group.spearman),
                            rounded(group.pearson),
                            rounded(group.mse),
                            rounded(group.mae),
                            rounded(group.pooled_spearman),
                            group.pooled_interval});
    }
  }
  return table;
}

std::vector<std::string> learning_notes() {
  return {
      "Fits of each model's first variant that learn from a share of the training tracks, drawn for each fold alike "
      "for all models and seeds (whole groups where there are groups); a smaller share is part of a larger one, and "
      "a model that stops early validates on a share of its validation tracks as well. Tested are all tracks, as "
      "always. Tracks: mean over folds. Whether a share predicts worse than all tracks is tested among the "
      "comparisons, with n_train of the share."};
}

std::string learning_curve_csv(const RunResults& results) {
  std::string text =
      "model,variant,share,training_tracks,fits,expected_fits,spearman_mean,spearman_std,pearson_mean,pearson_std,"
      "mse_mean,mse_std,mae_mean,mae_std,pooled_spearman,pooled_spearman_low,pooled_spearman_high\n";
  for (const LearningCurve& curve : learning_curves(results)) {
    for (const LearningPoint& point : curve) {
      const FitGroup& group = *point.group;
      text += data::csv_field(group.model) + "," + data::csv_field(group.variant) + "," +
              data::format_number(point.share) + "," + data::format_number(point.training_tracks) + "," +
              std::to_string(group.fits.size()) + "," + std::to_string(group.expected_fits);
      for (const FoldStatistic* statistic : {&group.spearman, &group.pearson, &group.mse, &group.mae})
        text += "," + field(statistic->mean) + "," + field(statistic->deviation);
      const auto& interval = group.pooled_interval;
      text +=
          "," + field(group.pooled_spearman) + "," +
          (interval ? data::format_number(interval->low) + "," + data::format_number(interval->high) : ",") +
          "\n";
    }
  }
  return text;
}

}  // namespace musicmem::launcher
