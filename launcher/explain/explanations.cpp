// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/explain/explanations.h"

#include "config/io_error.h"
#include "data/files/durable_file.h"
#include "launcher/run/json_file.h"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* record_file = "explanation.json";
constexpr const char* shap_method = "SHAP";
constexpr const char* gradients_method = "integrated gradients";

std::vector<fs::path> sorted_entries(const fs::path& directory) {
  std::vector<fs::path> entries;
  if (!fs::is_directory(directory)) return entries;
  for (const auto& entry : fs::directory_iterator(directory)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

std::map<std::string, std::string> hashes_of(const RunPlan& plan, const std::string& model,
                                             const std::string& variant) {
  std::map<std::string, std::string> hashes;
  for (const PlannedFit& fit : plan.fits) {
    if (fit.model == model && fit.variant == variant) hashes[fit.directory] = fit.hash;
  }
  return hashes;
}

// Of a file that explanations of earlier versions do not have.
std::string bytes_of(const fs::path& file) {
  return fs::exists(file) ? data::read_file(file) : "";
}

std::vector<Picture> read_pictures(const fs::path& directory, const json& listed) {
  std::vector<Picture> pictures;
  for (const json& picture : listed) {
    const std::string name = fs::path(picture.at("name").get<std::string>()).filename();
    const std::string file = (directory / name).string();
    pictures.push_back({.name = name,
                        .caption = picture.at("caption"),
                        .svg = data::read_file(file + ".svg"),
                        .narrow_svg = bytes_of(file + "-narrow.svg"),
                        .png = data::read_file(file + ".png"),
                        .pdf = bytes_of(file + ".pdf")});
  }
  return pictures;
}

// What is damaged is no explanation of these fits.
Explanation read_explanation(const fs::path& directory, const RunPlan& plan) {
  Explanation explanation;
  explanation.of.name = directory.filename().string();
  explanation.of.model = explanation.of.name;
  explanation.of.target = plan.target.column;
  try {
    const json record = read_json(directory / record_file);
    explanation.of.model = record.at("model");
    explanation.of.variant = record.at("variant");
    explanation.method = record.at("method") == gradients_method ? ExplanationMethod::integrated_gradients
                                                                 : ExplanationMethod::shap;
    const auto hashes = record.at("fits").get<std::map<std::string, std::string>>();
    if (hashes != hashes_of(plan, explanation.of.model, explanation.of.variant)) return explanation;
    explanation.pictures = read_pictures(directory / "figures", record.at("figures"));
    explanation.is_current = true;
  } catch (const json::exception&) {
    explanation.is_current = false;
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    explanation.is_current = false;
  }
  return explanation;
}

}  // namespace

void begin_explanation(const fs::path& directory) {
  data::require_writable_directory(directory);
  fs::remove(directory / record_file);
}

void finish_explanation(const fs::path& directory, ExplanationMethod method,
                        const std::vector<PlannedFit>& fits, const std::vector<Figure>& figures) {
  fs::remove_all(directory / "figures");
  const auto pictures = draw_or_warn(figures, "the explanation");
  if (!pictures.empty()) data::make_directories(directory / "figures");
  for (const auto& [name, bytes] : pictures) data::write_file_durably(directory / "figures" / name, bytes);
  json record = {{"model", fits.front().model},
                 {"variant", fits.front().variant},
                 {"method", method == ExplanationMethod::shap ? shap_method : gradients_method},
                 {"fits", json::object()},
                 {"figures", json::array()}};
  for (const PlannedFit& fit : fits) record["fits"][fit.directory] = fit.hash;
  for (const Figure& figure : figures) {
    if (!pictures.empty()) record["figures"].push_back({{"name", figure.name}, {"caption", figure.caption}});
  }
  write_json(directory / record_file, record);
}

std::vector<Explanation> read_explanations(const RunDirectory& run, const RunPlan& plan) {
  std::vector<Explanation> explanations;
  for (const fs::path& directory : sorted_entries(run.explain())) {
    if (fs::exists(directory / record_file)) explanations.push_back(read_explanation(directory, plan));
  }
  return explanations;
}

}  // namespace musicmem::launcher
