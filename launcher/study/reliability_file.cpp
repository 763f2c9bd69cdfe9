// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/reliability_file.h"

#include "config/error.h"
#include "data/files/durable_file.h"

#include <cmath>

#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

using nlohmann::json;

json number_or_null(const std::optional<double>& value) {
  return value ? json(*value) : json();
}

std::optional<double> number_of(const json& content, const char* key, double least, double most) {
  if (!content.contains(key) || content.at(key).is_null()) return std::nullopt;
  const json& value = content.at(key);
  if (value.is_number() && value.get<double>() >= least && value.get<double>() <= most)
    return value.get<double>();
  throw Error(std::string(key) + " is no number from " + json(least).dump() + " to " + json(most).dump(), "",
              "give the file that musicmem scores wrote");
}

}  // namespace

std::string reliability_json(const models::Reliability& reliability) {
  return json{{"split_half_mean", reliability.split_half_mean},
              {"split_half_sd", number_or_null(reliability.split_half_sd)},
              {"splits", reliability.splits},
              {"spearman_brown", number_or_null(reliability.spearman_brown)},
              {"ceiling", number_or_null(reliability.ceiling)}}
      .dump();
}

models::Reliability parse_reliability(const std::string& text) {
  const json content = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!content.is_object())
    throw Error("is no JSON object", "", "give the reliability.json that musicmem scores wrote");
  const auto mean = number_of(content, "split_half_mean", -1.0, 1.0);
  if (!mean)
    throw Error("has no split_half_mean", "",
                "give the reliability.json that musicmem scores wrote, or an object with that key");
  constexpr double most_splits = 1e9;
  const auto sd = number_of(content, "split_half_sd", 0.0, 1.0);
  const auto splits = number_of(content, "splits", 0.0, most_splits);
  models::Reliability reliability =
      models::Reliability::of_halves(*mean, sd, static_cast<int>(splits.value_or(0.0)));
  if (const auto given = number_of(content, "spearman_brown", 0.0, 1.0)) reliability.spearman_brown = given;
  if (const auto given = number_of(content, "ceiling", 0.0, 1.0)) reliability.ceiling = given;
  return reliability;
}

models::Reliability read_reliability(const std::filesystem::path& file) {
  const std::string text = data::read_file(file);
  try {
    return parse_reliability(text);
  } catch (const Error& error) {
    throw Error(error.problem(), file.string(), error.advice());
  }
}

}  // namespace musicmem::launcher
