// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/csv.h"
#include "data/durable_file.h"
#include "launcher/json_file.h"
#include "launcher/report.h"

#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

using data::csv_field;
using data::format_number;
using nlohmann::json;

std::string field(const std::optional<double>& value) {
  return value ? format_number(*value) : "";
}

std::string fields(const FoldStatistic& statistic) {
  return field(statistic.mean) + "," + field(statistic.deviation);
}

json number(const std::optional<double>& value) {
  return value ? json(*value) : json(nullptr);
}

json statistic_json(const FoldStatistic& statistic) {
  return {{"mean", number(statistic.mean)}, {"std", number(statistic.deviation)}};
}

json row_json(const SummaryRow& row) {
  return {{"model", row.model},
          {"variant", row.variant},
          {"fits", row.fits},
          {"expected_fits", row.expected_fits},
          {"undefined", row.undefined},
          {"spearman", statistic_json(row.spearman)},
          {"pearson", statistic_json(row.pearson)},
          {"mse", statistic_json(row.mse)},
          {"mae", statistic_json(row.mae)},
          {"pooled_spearman", number(row.pooled_spearman)},
          {"pooled_pearson", number(row.pooled_pearson)}};
}

}  // namespace

std::string summary_csv(const RunResults& results) {
  std::string text =
      "model,variant,fits,expected_fits,spearman_mean,spearman_std,pearson_mean,pearson_std,mse_mean,mse_std,"
      "mae_mean,"
      "mae_std,pooled_spearman,pooled_pearson,undefined\n";
  for (const SummaryRow& row : results.summary) {
    text += csv_field(row.model) + "," + csv_field(row.variant) + "," + std::to_string(row.fits) + "," +
            std::to_string(row.expected_fits) + "," + fields(row.spearman) + "," + fields(row.pearson) + "," +
            fields(row.mse) + "," + fields(row.mae) + "," + field(row.pooled_spearman) + "," +
            field(row.pooled_pearson) + "," + std::to_string(row.undefined) + "\n";
  }
  return text;
}

std::string folds_csv(const RunResults& results) {
  std::string text = "model,variant,seed,fold,tracks,spearman,pearson,mse,mae\n";
  for (const FinishedFit& fit : results.fits) {
    text += csv_field(fit.plan.model) + "," + csv_field(fit.plan.variant) + "," + fit.plan.seed + "," +
            std::to_string(fit.plan.fold) + "," + std::to_string(fit.rows.size()) + "," +
            field(fit.metrics.spearman) + "," + field(fit.metrics.pearson) + "," +
            format_number(fit.metrics.mse) + "," + format_number(fit.metrics.mae) + "\n";
  }
  return text;
}

std::string summary_json(const RunResults& results) {
  json content = {{"name", results.plan.name},
                  {"synthetic", results.plan.synthetic},
                  {"protocol", to_string(results.plan.protocol)},
                  {"pooling", to_string(results.plan.pooling)},
                  {"tracks", results.plan.tracks.size()},
                  {"folds", results.plan.folds},
                  {"models", json::array()},
                  {"missing", json::array()},
                  {"failures", json::array()}};
  for (const SummaryRow& row : results.summary) content["models"].push_back(row_json(row));
  for (const PlannedFit& fit : results.missing) content["missing"].push_back(fit.directory);
  for (const Failure& failure : results.failures) {
    content["failures"].push_back({{"task", failure.task}, {"problem", failure.problem}});
  }
  if (results.plan.ytmm) content["human_consistency"] = human_consistency;
  return json_text(content);
}

void write_report(const RunResults& results, const std::filesystem::path& directory) {
  data::require_writable_directory(directory);
  data::write_file_durably(directory / "report.md", report_markdown(results));
  data::write_file_durably(directory / "summary.csv", summary_csv(results));
  data::write_file_durably(directory / "folds.csv", folds_csv(results));
  data::write_file_durably(directory / "summary.json", summary_json(results));
}

}  // namespace musicmem::launcher
