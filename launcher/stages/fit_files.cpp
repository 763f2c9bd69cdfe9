// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/stages/fit_files.h"

#include "config/exact_text.h"
#include "config/io_error.h"
#include "config/parse_number.h"
#include "config/settings/model.h"
#include "data/files/csv.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "data/files/optional_json.h"
#include "launcher/run/json_file.h"
#include "weights/pth_file.h"
#include "weights/state_file.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* metrics_file = "metrics.json";
constexpr const char* predictions_file = "predictions.csv";

std::string prediction_fields(const FitTask& task) {
  return std::to_string(task.fold) + "," + task.seed_name();
}

std::string predictions_csv(const FitTask& task, const std::vector<std::string>& tracks,
                            const models::FoldFitResult& result) {
  std::string text = "track,fold,seed,label,prediction\n";
  for (const models::TrackPrediction& row : result.tracks) {
    text += data::csv_field(tracks[static_cast<std::size_t>(row.track)]) + "," + prediction_fields(task) +
            "," + data::format_number(row.label) + "," + data::format_number(row.prediction) + "\n";
  }
  return text;
}

std::string segments_csv(const FitTask& task, const std::vector<std::string>& tracks,
                         const models::FoldFitResult& result) {
  std::string text = "track,fold,seed,label,prediction,segment_idx\n";
  for (const models::SegmentPrediction& row : result.segments) {
    text += data::csv_field(tracks[static_cast<std::size_t>(row.track)]) + "," + prediction_fields(task) +
            "," + data::format_number(row.label) + "," + data::format_number(row.prediction) + "," +
            std::to_string(row.segment) + "\n";
  }
  return text;
}

// Empty for an undefined metric.
std::string optional_number(const std::optional<double>& value) {
  return value ? data::format_number(*value) : "";
}

std::string search_csv(const config::Search& search, const models::SearchOutcome& outcome) {
  std::string text = "candidate";
  for (const config::SearchedSetting& setting : search.settings) text += "," + data::csv_field(setting.key);
  text += ",inner_fold,mse,mae,spearman,pearson,chosen\n";
  for (std::size_t candidate = 0; candidate < outcome.candidates.size(); ++candidate) {
    for (std::size_t fold = 0; fold < outcome.scores[candidate].size(); ++fold) {
      text += std::to_string(candidate);
      for (const std::string& value : outcome.candidates[candidate]) text += "," + data::csv_field(value);
      text += "," + std::to_string(fold);
      for (const config::SearchMetric metric :
           {config::SearchMetric::mse, config::SearchMetric::mae, config::SearchMetric::spearman,
            config::SearchMetric::pearson})
        text += "," + optional_number(models::value_of(outcome.scores[candidate][fold], metric));
      text += candidate == outcome.chosen ? ",1\n" : ",0\n";
    }
  }
  return text;
}

// Numbers as numbers, words as words.
json value_json(const std::string& text) {
  const auto number = config::parse_number<double>(text);
  return number ? json(*number) : json(text);
}

void add_search(json& content, const config::Search& search, const models::SearchOutcome& outcome) {
  const models::Candidate& chosen = outcome.candidates[outcome.chosen];
  for (std::size_t i = 0; i < chosen.size(); ++i)
    content["chosen"][search.settings[i].key] = value_json(chosen[i]);
  const auto undefined = std::ranges::count_if(outcome.scores, [&](const models::InnerScores& scores) {
    return !models::inner_score(scores, search.metric);
  });
  json settings = json::array();
  for (const config::SearchedSetting& setting : search.settings) settings.push_back(setting.key);
  content["search"] = {{"metric", to_string(search.metric)},
                       {"settings", settings},
                       {"candidates", outcome.candidates.size()},
                       {"undefined", undefined},
                       {"inner_score", models::inner_score(outcome.scores[outcome.chosen], search.metric)}};
}

SearchRecord search_of(const json& content) {
  const json& search = content.at("search");
  SearchRecord record;
  for (const std::string key : search.at("settings")) {
    const json& value = content.at("chosen").at(key);
    record.chosen.emplace_back(
        key, value.is_number() ? exact_text(value.get<double>()) : value.get<std::string>());
  }
  search.at("metric").get_to(record.metric);
  search.at("inner_score").get_to(record.inner_score);
  search.at("candidates").get_to(record.candidates);
  search.at("undefined").get_to(record.undefined);
  return record;
}

json metrics_json(const models::Metrics& metrics) {
  return {{"spearman", metrics.spearman},
          {"pearson", metrics.pearson},
          {"kendall", metrics.kendall},
          {"r2", metrics.r2},
          {"mse", metrics.mse},
          {"rmse", metrics.rmse()},
          {"mae", metrics.mae}};
}

json curve_json(const std::vector<models::CurvePoint>& curve) {
  json points = json::array();
  for (const models::CurvePoint& point : curve) {
    points.push_back(
        {{"epoch", point.epoch}, {"train_loss", point.train_loss}, {"validation_mse", point.validation_mse}});
  }
  return points;
}

void write_plain(const fs::path& directory, const std::string& name, const std::string& bytes,
                 json& checksums) {
  data::write_file(directory / name, bytes);
  checksums[name] = data::checksum(bytes);
}

// weights.h5, or weights.pth of a model that PyTorch is to read as well.
void write_weights(const fs::path& directory, const models::FoldFitResult& result, json& checksums) {
  if (!result.checkpoint) {
    write_plain(directory, "weights.h5", weights::to_bytes(result.weights), checksums);
    return;
  }
  const std::string name = "weights.pth";
  const weights::PthFile& file = *result.checkpoint;
  weights::write_pth_unsynced(directory / name, file.tensors, file.remarks, file.settings);
  checksums[name] = data::checksum(data::read_file(directory / name));
}

// Moves what lies at `directory` out of the way of a fit that replaces it.
void move_aside(const fs::path& directory) {
  const fs::path aside = data::temporary_name(directory.string() + ".stale");
  fs::remove_all(aside);
  std::error_code error;
  fs::rename(directory, aside, error);
  if (error == std::errc::no_such_file_or_directory) return;  // another did
  if (error)
    throw Error("cannot be moved away: " + error.message(), directory.string(), "check its permissions");
  fs::remove_all(aside);
}

// JSON has no NaN and no infinity: they are written as null.
double number_or_nan(const json& content, const char* name) {
  return content.at(name).get<std::optional<double>>().value_or(std::numeric_limits<double>::quiet_NaN());
}

// Fits of earlier versions know neither tau nor R².
models::Metrics validation_of(const json& content) {
  models::Metrics metrics;
  content.at("spearman").get_to(metrics.spearman);
  content.at("pearson").get_to(metrics.pearson);
  metrics.mse = number_or_nan(content, "mse");
  metrics.mae = number_or_nan(content, "mae");
  if (content.contains("kendall")) content.at("kendall").get_to(metrics.kendall);
  if (content.contains("r2")) content.at("r2").get_to(metrics.r2);
  return metrics;
}

// What the weights of the fit are called.
std::optional<std::string> weights_name(const json& content) {
  for (const char* name : {"weights.h5", "weights.pth"}) {
    if (content.at("checksums").contains(name)) return name;
  }
  return std::nullopt;
}

// Throws json::exception where it is not what publish_fit writes.
FitRecord record_of(const json& content) {
  FitRecord record;
  record.model = content.value("model", "");
  record.variant = content.value("variant", "");
  record.predictions_checksum = content.at("checksums").at(predictions_file).get<std::string>();
  if (const auto name = weights_name(content))
    record.weights_checksum = content.at("checksums").at(*name).get<std::string>();
  if (content.contains("validation")) {
    record.validation = validation_of(content.at("validation"));
  }
  record.arithmetic = content.value("arithmetic", "");
  if (content.contains("search")) record.search = search_of(content);
  if (!content.contains("curve")) return record;
  for (const json& point : content.at("curve")) {
    record.curve.push_back(
        {point.at("epoch"), number_or_nan(point, "train_loss"), number_or_nan(point, "validation_mse")});
  }
  return record;
}

FitState state_without_metrics(const fs::path& directory) {
  return fs::exists(directory) ? FitState::damaged : FitState::missing;
}

}  // namespace

FitState check_fit(const fs::path& directory, const std::string& hash) {
  if (!fs::exists(directory / metrics_file)) return state_without_metrics(directory);
  try {
    const json content = read_json(directory / metrics_file);
    if (content.at("hash") != hash) return FitState::stale;
    record_of(content);
    for (const auto& [name, checksum] : content.at("checksums").items()) {
      if (data::checksum(data::read_file(directory / name)) != checksum) return FitState::damaged;
    }
    return FitState::good;
  } catch (const IoError&) {
    throw;
  } catch (const std::exception&) {
    return FitState::damaged;
  }
}

PublishedFit read_published_fit(const fs::path& directory, const std::string& hash) {
  if (!fs::exists(directory / metrics_file)) return {state_without_metrics(directory), {}, {}};
  try {
    const json content = read_json(directory / metrics_file);
    if (content.at("hash") != hash) return {FitState::stale, {}, {}};
    const fs::path file = directory / predictions_file;
    const std::string bytes = data::read_file(file);
    FitRecord record = record_of(content);
    if (data::checksum(bytes) != record.predictions_checksum) return {FitState::damaged, {}, {}};
    return {FitState::good, std::move(record), read_predictions(file, bytes)};
  } catch (const IoError&) {
    throw;
  } catch (const std::exception&) {
    return {FitState::damaged, {}, {}};
  }
}

FitWeights read_fit_weights(const fs::path& directory, const std::string& hash) {
  if (!fs::exists(directory / metrics_file)) return {state_without_metrics(directory), {}, {}};
  try {
    const json content = read_json(directory / metrics_file);
    if (content.at("hash") != hash) return {FitState::stale, {}, {}};
    const fs::path file = directory / weights_name(content).value();
    std::string bytes = data::read_file(file);
    if (data::checksum(bytes) != record_of(content).weights_checksum) return {FitState::damaged, {}, {}};
    return {FitState::good, file, std::move(bytes)};
  } catch (const IoError&) {
    throw;
  } catch (const std::exception&) {
    return {FitState::damaged, {}, {}};
  }
}

std::optional<std::string> hash_of_fit(const fs::path& directory) {
  try {
    return read_json(directory / metrics_file).at("hash").get<std::string>();
  } catch (const IoError&) {
    throw;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

FitRecord read_fit_record(const fs::path& directory) {
  const fs::path file = directory / metrics_file;
  const json content = read_json(file);
  try {
    return record_of(content);
  } catch (const json::exception&) {
    throw Error("is damaged", file.string(), "run the study again to replace the fit");
  }
}

void publish_fit(const fs::path& directory, const FitTask& task, const config::ModelSpec& model,
                 const std::vector<std::string>& tracks, const models::FoldFitResult& result,
                 const models::SearchOutcome* search) {
  const fs::path attempt = data::temporary_name(directory);
  fs::remove_all(attempt);
  data::make_directories(attempt);
  try {
    json checksums = json::object();
    write_plain(attempt, predictions_file, predictions_csv(task, tracks, result), checksums);
    write_plain(attempt, "segments.csv", segments_csv(task, tracks, result), checksums);
    write_weights(attempt, result, checksums);
    if (search != nullptr) write_plain(attempt, "search.csv", search_csv(model.search, *search), checksums);
    json content = {{"hash", task.hash},        {"model", model.label}, {"variant", task.variant_name()},
                    {"seed", task.seed_name()}, {"fold", task.fold},    {"test", metrics_json(result.test)},
                    {"checksums", checksums}};
    if (result.validation) content["validation"] = metrics_json(*result.validation);
    if (!result.curve.empty()) content["curve"] = curve_json(result.curve);
    if (!result.arithmetic.empty()) content["arithmetic"] = result.arithmetic;
    if (search != nullptr) add_search(content, model.search, *search);
    data::write_file(attempt / metrics_file, json_text(content));
    if (check_fit(attempt, task.hash) != FitState::good) data::fail_to_read_back(directory);
    const FitState there = check_fit(directory, task.hash);
    if (there == FitState::stale || there == FitState::damaged) move_aside(directory);
    if (!data::publish_directory(attempt, directory) && check_fit(directory, task.hash) != FitState::good) {
      throw Error("cannot be put in place: another directory lies there", directory.string(),
                  "move it away and run the same command again");
    }
  } catch (...) {
    fs::remove_all(attempt);
    throw;
  }
}

std::vector<PredictionRow> read_predictions(const fs::path& file, std::string_view bytes) {
  const data::CsvFile csv(bytes, file);
  const std::size_t track = csv.column("track");
  const std::size_t fold = csv.column("fold");
  const std::size_t seed = csv.column("seed");
  const std::size_t label = csv.column("label");
  const std::size_t prediction = csv.column("prediction");
  std::vector<PredictionRow> rows;
  std::set<std::string> seen;
  for (std::size_t row = 0; row < csv.rows(); ++row) {
    if (!seen.insert(csv.field(row, track)).second) {
      throw Error("track '" + csv.field(row, track) + "' is given twice", csv.place(row),
                  "remove the fit and run again");
    }
    rows.push_back({csv.field(row, track), static_cast<int>(csv.number(row, fold)), csv.field(row, seed),
                    csv.number(row, label), csv.number(row, prediction)});
  }
  return rows;
}

std::vector<PredictionRow> read_predictions(const fs::path& file) {
  return read_predictions(file, data::read_file(file));
}

}  // namespace musicmem::launcher
