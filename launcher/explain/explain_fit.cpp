// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/explain/explain_fit.h"

#include "config/io_error.h"
#include "data/files/hash.h"
#include "launcher/run/json_file.h"
#include "models/protocol/trained_model.h"
#include "models/tables/training_rows.h"
#include "weights/state_file.h"

#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<int> tracks_of_fold(const RunPlan& plan, int fold, bool inside) {
  std::vector<int> tracks;
  for (std::size_t t = 0; t < plan.tracks.size(); ++t) {
    if (plan.tracks[t].is_tested_in(fold) == inside) tracks.push_back(static_cast<int>(t));
  }
  return tracks;
}

std::vector<double> labels_of(const data::SegmentTable& table, const models::Rows& rows) {
  std::vector<double> labels;
  for (const std::size_t row : rows)
    labels.push_back(table.labels[static_cast<std::size_t>(table.row_track[row])]);
  return labels;
}

}  // namespace

ExplainedFit explain_fit(const FitWeights& weights, const PlannedFit& fit, const RunPlan& plan,
                         const data::SegmentTable& table, const Players& players,
                         const ExplainSettings& settings) {
  const models::TrainedModel model(weights::parse_state_file(weights.bytes, weights.file.string()));
  model.check_columns(table.columns);
  const models::Normalisation& of_training = *model.description().normalisation;

  ExplainedFit explained;
  explained.rows = models::rows_of_tracks(table, tracks_of_fold(plan, fit.fold, true), false);
  const models::Rows background_rows =
      models::rows_of_tracks(table, tracks_of_fold(plan, fit.fold, false), false);
  if (explained.rows.empty() || background_rows.empty()) {
    throw Error("no segments of the test fold or of the others have features", fit.directory,
                "see the failed clips");
  }
  data::Matrix test = models::feature_rows(table, explained.rows);
  const bool own_statistics = plan.protocol == config::Protocol::audmem;
  test = (own_statistics ? models::Normalisation::of(test) : of_training).apply(std::move(test));
  const std::uint64_t seed =
      data::seed_from({fit.model, fit.variant, fit.seed, std::to_string(fit.fold), "explain"});
  const models::Background background = models::kmeans_background(
      of_training.apply(models::feature_rows(table, background_rows)), settings.centers, seed);

  std::vector<models::Block> blocks;
  for (const features::FeatureBlock& player : players) blocks.push_back(player.columns);
  models::ShapValues shap =
      models::shap_values(model.regressor(), test, background, blocks, {settings.samples, seed});
  explained.base = shap.base;
  explained.predictions = std::move(shap.predictions);
  explained.values = std::move(shap.values);
  explained.importance = models::permutation_importance(
      model.regressor(), test, labels_of(table, explained.rows), blocks, settings.repeats, seed);
  return explained;
}

void write_explained_fit(const fs::path& file, const std::string& hash, const ExplainedFit& fit) {
  write_json(file, {{"hash", hash},
                    {"base", fit.base},
                    {"rows", fit.rows},
                    {"predictions", fit.predictions},
                    {"values", fit.values.values()},
                    {"importance", fit.importance}});
}

bool read_explained_fit(const fs::path& file, const std::string& hash, ExplainedFit& fit) {
  if (!fs::exists(file)) return false;
  try {
    const json content = read_json(file);
    if (content.at("hash") != hash) return false;
    fit.base = content.at("base");
    fit.rows = content.at("rows").get<std::vector<std::size_t>>();
    fit.predictions = content.at("predictions").get<std::vector<double>>();
    fit.importance = content.at("importance").get<std::vector<double>>();
    fit.values = data::Matrix(fit.rows.size(), fit.importance.size());
    auto values = content.at("values").get<std::vector<double>>();
    if (values.size() != fit.values.values().size() || fit.predictions.size() != fit.rows.size())
      return false;
    fit.values.values() = std::move(values);
    return true;
  } catch (const json::exception&) {
    return false;
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace musicmem::launcher
