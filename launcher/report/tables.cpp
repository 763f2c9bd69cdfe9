// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/csv.h"
#include "launcher/report/report.h"
#include "launcher/report/words.h"
#include "launcher/run/json_file.h"
#include "launcher/study/reliability_file.h"

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

std::string fields(const std::optional<models::Interval>& interval) {
  return interval ? format_number(interval->low) + "," + format_number(interval->high) : ",";
}

json number(const std::optional<double>& value) {
  return value ? json(*value) : json(nullptr);
}

json interval_json(const std::optional<models::Interval>& interval) {
  return interval ? json::array({interval->low, interval->high}) : json(nullptr);
}

json statistic_json(const FoldStatistic& statistic) {
  return {{"mean", number(statistic.mean)}, {"std", number(statistic.deviation)}};
}

json group_json(const FitGroup& group) {
  json content = {{"model", group.model},
                  {"variant", group.variant},
                  {"fits", group.fits.size()},
                  {"expected_fits", group.expected_fits},
                  {"undefined", group.undefined},
                  {"undefined_r2", group.undefined_r2},
                  {"spearman", statistic_json(group.spearman)},
                  {"pearson", statistic_json(group.pearson)},
                  {"kendall", statistic_json(group.kendall)},
                  {"r2", statistic_json(group.r2)},
                  {"mse", statistic_json(group.mse)},
                  {"rmse", statistic_json(group.rmse)},
                  {"mae", statistic_json(group.mae)},
                  {"seed_std", number(group.seed_deviation)},
                  {"pooled_spearman", number(group.pooled_spearman)},
                  {"pooled_spearman_interval", interval_json(group.pooled_interval)},
                  {"resamples", group.resamples},
                  {"undefined_resamples", group.undefined_resamples},
                  {"pooled_pearson", number(group.pooled_pearson)}};
  if (group.is_share()) content["share"] = group.share();
  if (group.partial_spearman) {
    content["partial_spearman"] = *group.partial_spearman;
    content["partial_spearman_interval"] = interval_json(group.partial_interval.interval);
    content["undefined_partial_resamples"] = group.partial_interval.undefined;
  }
  if (!group.initial_weights.empty()) content["initial_weights"] = group.initial_weights;
  return content;
}

json side_json(const FitGroup* group) {
  if (group == nullptr) return {{"model", "chance"}, {"variant", nullptr}};
  return {{"model", group->model}, {"variant", group->variant}};
}

json comparison_json(const Comparison& c) {
  json content = {{"family", to_string(c.family)}, {"metric", c.metric}, {"a", side_json(c.a)},
                  {"b", side_json(c.b)},           {"folds", c.folds},   {"difference", number(c.difference)},
                  {"p_holm", number(c.p_holm)}};
  if (c.test) {
    content["t"] = c.test->t;
    content["df"] = c.test->degrees_of_freedom;
    content["p"] = c.test->p;
    content["interval"] = interval_json(c.test->interval);
    content["detectable_difference"] = c.test->detectable;
  }
  content["rope"] = c.rope;
  if (c.posterior) {
    content["p_a_better"] = number(c.p_a_better());
    content["p_equivalent"] = number(c.p_equivalent());
    content["p_b_better"] = number(c.p_b_better());
  }
  if (c.permutation_p) {
    content["permutation_p"] = *c.permutation_p;
    content["permutation_p_holm"] = number(c.permutation_p_holm);
  }
  if (c.pooled_difference) {
    content["pooled_difference"] = *c.pooled_difference;
    content["pooled_difference_interval"] = interval_json(c.pooled_interval.interval);
    content["undefined_resamples"] = c.pooled_interval.undefined;
  }
  return content;
}

json difference_json(const RunDifference& difference) {
  json settings = json::object();
  for (const config::SettingDifference& setting : difference.settings)
    settings[setting.path] = {{"a", setting.a}, {"b", setting.b}};
  return {{"a", difference.a}, {"b", difference.b}, {"settings", settings}};
}

json provenance_json(const Provenance& provenance) {
  json versions = json::object();
  for (const auto& [library, version] : provenance.versions) versions[library] = version;
  json features = {{"from_table", provenance.features.from_table},
                   {"uses_ehc", provenance.features.uses_ehc},
                   {"stems", provenance.features.stems},
                   {"valence_arousal", provenance.features.emotion}};
  for (const auto& [name, set] : provenance.features.sets)
    features["sets"][name] = {{"source", set.source}, {"reading", set.reading}};
  return {{"data_hash", provenance.data_hash},
          {"features", features},
          {"revision", provenance.revision},
          {"versions", versions},
          {"seeds", provenance.seeds}};
}

}  // namespace

std::string summary_csv(const RunResults& results) {
  std::string text =
      "model,variant,fits,expected_fits,spearman_mean,spearman_std,pearson_mean,pearson_std,mse_mean,mse_std,"
      "mae_mean,mae_std,pooled_spearman,pooled_spearman_low,pooled_spearman_high,pooled_pearson,seed_std,"
      "undefined,r2_mean,r2_std,rmse_mean,rmse_std,kendall_mean,kendall_std,undefined_r2,undefined_resamples,"
      "partial_spearman,partial_spearman_low,partial_spearman_high,attainable_share,initial_weights\n";
  for (const FitGroup& group : results.groups) {
    text += csv_field(group.model) + "," + csv_field(group.variant) + "," +
            std::to_string(group.fits.size()) + "," + std::to_string(group.expected_fits) + "," +
            fields(group.spearman) + "," + fields(group.pearson) + "," + fields(group.mse) + "," +
            fields(group.mae) + "," + field(group.pooled_spearman) + "," + fields(group.pooled_interval) +
            "," + field(group.pooled_pearson) + "," + field(group.seed_deviation) + "," +
            std::to_string(group.undefined) + "," + fields(group.r2) + "," + fields(group.rmse) + "," +
            fields(group.kendall) + "," + std::to_string(group.undefined_r2) + "," +
            std::to_string(group.undefined_resamples) + "," + field(group.partial_spearman) + "," +
            fields(group.partial_interval.interval) + "," + field(attainable_share(results.plan, group)) +
            "," + group.initial_weights + "\n";
  }
  return text;
}

std::string folds_csv(const RunResults& results) {
  std::string text =
      "model,variant,seed,fold,tracks,spearman,pearson,mse,mae,r2,rmse,kendall,initial_weights\n";
  for (const FitGroup& group : results.groups) {
    for (const FinishedFit& fit : group.fits) {
      text += csv_field(group.model) + "," + csv_field(group.variant) + "," + csv_field(fit.plan.seed) + "," +
              std::to_string(fit.plan.fold) + "," + std::to_string(fit.tracks) + "," +
              field(fit.metrics.spearman) + "," + field(fit.metrics.pearson) + "," +
              format_number(fit.metrics.mse) + "," + format_number(fit.metrics.mae) + "," +
              field(fit.metrics.r2) + "," + format_number(fit.metrics.rmse()) + "," +
              field(fit.metrics.kendall) + "," + group.initial_weights + "\n";
    }
  }
  return text;
}

std::string comparisons_csv(const Comparisons& comparisons) {
  std::string text =
      "family,metric,model_a,variant_a,model_b,variant_b,folds,difference,difference_low,difference_high,t,"
      "df,p,"
      "p_holm,permutation_p,permutation_p_holm,pooled_difference,pooled_difference_low,pooled_difference_"
      "high,"
      "undefined_resamples,p_a_better,p_equivalent,p_b_better,rope,detectable_difference,initial_weights_a,"
      "initial_weights_b\n";
  for (const Comparison& c : comparisons.rows) {
    text += to_string(c.family) + "," + c.metric + "," + csv_field(c.a->model) + "," +
            csv_field(c.a->variant) + "," + (c.b != nullptr ? csv_field(c.b->model) : "chance") + "," +
            (c.b != nullptr ? csv_field(c.b->variant) : "") + "," + std::to_string(c.folds) + "," +
            field(c.difference) + ",";
    text += c.test ? fields(std::optional(c.test->interval)) + "," + format_number(c.test->t) + "," +
                         std::to_string(c.test->degrees_of_freedom) + "," + format_number(c.test->p)
                   : ",,,,";
    text += "," + field(c.p_holm) + "," + field(c.permutation_p) + "," + field(c.permutation_p_holm) + "," +
            field(c.pooled_difference) + "," + fields(c.pooled_interval.interval) + "," +
            (c.pooled_difference ? std::to_string(c.pooled_interval.undefined) : "") + "," +
            field(c.p_a_better()) + "," + field(c.p_equivalent()) + "," + field(c.p_b_better()) + "," +
            format_number(c.rope) + "," + (c.test ? format_number(c.test->detectable) : "") + "," +
            c.a->initial_weights + "," + (c.b != nullptr ? c.b->initial_weights : "") + "\n";
  }
  return text;
}

std::string summary_json(const Report& report, const std::map<std::string, std::string>& figures) {
  const RunResults& results = report.results;
  json content = {{"name", results.plan.name},
                  {"synthetic", results.plan.synthetic},
                  {"protocol", to_string(results.plan.protocol)},
                  {"pooling", to_string(results.plan.pooling)},
                  {"tracks", results.plan.tracks.size()},
                  {"unprepared_tracks", unprepared_tracks(results).size()},
                  {"folds", results.plan.folds},
                  {"models", json::array()},
                  {"comparisons", json::array()},
                  {"identical", json::array()},
                  {"represented", report.comparisons.choices},
                  {"missing", json::array()},
                  {"failures", json::array()},
                  {"figures", json::array()},
                  {"notes", feature_notes(results)},
                  {"provenance", json::object()}};
  for (const std::string& note : model_notes(results)) content["notes"].push_back(note);
  for (const FitGroup& group : results.groups) {
    content["models"].push_back(group_json(group));
    if (const auto share = attainable_share(results.plan, group))
      content["models"].back()["attainable_share"] = *share;
  }
  for (const Comparison& c : report.comparisons.rows) content["comparisons"].push_back(comparison_json(c));
  for (const auto* pairs : {&report.comparisons.copies, &report.comparisons.identical}) {
    for (const auto& [a, b] : *pairs)
      content["identical"].push_back({{"a", side_json(a)}, {"b", side_json(b)}});
  }
  for (const RunDifference& difference : results.differences) {
    content["differences"].push_back(difference_json(difference));
  }
  if (!report.comparisons.refusal.empty()) content["comparisons_refused"] = report.comparisons.refusal;
  for (const MissingFit& fit : results.missing) {
    content["missing"].push_back({{"fit", fit.directory}, {"reason", fit.reason}});
  }
  for (const Failure& failure : results.failures) {
    content["failures"].push_back({{"task", failure.task}, {"problem", failure.problem}});
  }
  for (const auto& [name, bytes] : figures) content["figures"].push_back(name);
  for (const auto& [name, provenance] : results.provenance)
    content["provenance"][name] = provenance_json(provenance);
  if (!results.plan.covariates.empty()) content["covariates"] = results.plan.covariates;
  if (const auto reliability = reliability_of(results.plan)) {
    content["reliability"] = json::parse(reliability_json(*reliability));
    content["human_consistency"] = reliability->split_half_mean;
  }
  return json_text(content);
}

}  // namespace musicmem::launcher
