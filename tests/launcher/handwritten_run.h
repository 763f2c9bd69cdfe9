// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/files/csv.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "launcher/report/report.h"
#include "launcher/run/json_file.h"
#include "tests/own_path.h"

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace musicmem::launcher {

// A run of two folds, two tracks each, written by hand.
class HandwrittenRun : public testing::Test {
 protected:
  void SetUp() override {
    path_ = own_path();
    plan_ = {{"name", "by <hand>"},
             {"synthetic", false},
             {"ytmm", false},
             {"from_table", true},
             {"protocol", "strict"},
             {"pooling", "mean"},
             {"folds", 2},
             {"uses_ehc", true},
             {"stems_source", "approximate"},
             {"emotion_source", "none"},
             {"warnings", nlohmann::json::array()},
             {"adjusted", nlohmann::json::array()},
             {"fits", nlohmann::json::array()},
             {"tracks",
              {{{"track", "a|b"}, {"label", 0.1}, {"fold", 0}},
               {{"track", "c"}, {"label", 0.4}, {"fold", 0}},
               {{"track", "d"}, {"label", 0.2}, {"fold", 1}},
               {{"track", "e"}, {"label", 0.9}, {"fold", 1}}}}};
  }
  void TearDown() override { std::filesystem::remove_all(path_); }

  // Plans a fit of the model `svr` and writes its files; `validation`: its correlation there.
  void add_fit(int fold, const std::string& seed, const std::string& rows, const std::string& model = "svr",
               const std::string& variant = "vanilla", std::optional<double> validation = std::nullopt) {
    plan_fit(fold, seed, model, variant);
    const std::filesystem::path directory =
        path_ / "folds" / plan_["fits"].back().at("directory").get<std::string>();
    data::make_directories(directory);
    const std::string text = "track,fold,seed,label,prediction\n" + rows;
    data::write_file(directory / "predictions.csv", text);
    nlohmann::json content = {{"hash", "h"}, {"checksums", {{"predictions.csv", data::checksum(text)}}}};
    if (validation) {
      content["validation"] = {{"spearman", *validation}, {"pearson", nullptr}, {"mse", 0.1}, {"mae", 0.1}};
    }
    write_json(directory / "metrics.json", content);
  }
  void plan_fit(int fold, const std::string& seed, const std::string& model = "svr",
                const std::string& variant = "vanilla") {
    plan_["fits"].push_back(
        {{"model", model},
         {"variant", variant},
         {"seed", seed},
         {"fold", fold},
         {"hash", "h"},
         {"directory", model + "/" + variant + "/seed-" + seed + "/fold-" + std::to_string(fold)}});
  }
  // Two fits that predict these of the tracks a|b, c, d and e.
  void add_fits(const std::array<double, 4>& predictions, const std::string& model = "svr",
                const std::string& variant = "vanilla", std::optional<double> validation = std::nullopt) {
    const auto row = [&](const std::string& track, std::size_t t) {
      return track + data::format_number(predictions.at(t)) + "\n";
    };
    add_fit(0, "none", row("a|b,0,none,0.1,", 0) + row("c,0,none,0.4,", 1), model, variant, validation);
    add_fit(1, "none", row("d,1,none,0.2,", 2) + row("e,1,none,0.9,", 3), model, variant, validation);
  }
  static std::vector<std::string> compared(const Report& report, Family family) {
    std::vector<std::string> pairs;
    for (const Comparison& c : report.comparisons.rows) {
      if (c.family == family && c.metric == "spearman") pairs.push_back(c.a->name() + " > " + c.name_of_b());
    }
    return pairs;
  }

  RunResults results() {
    data::make_directories(path_);
    write_json(path_ / "plan.json", plan_);
    return read_run_results(RunDirectory(path_));
  }

  std::unique_ptr<Report> report(bool allow_partial = false) {
    return make_report(results(), {}, allow_partial);
  }
  std::string markdown() { return as_markdown(report_document(*report(), {})); }

  std::filesystem::path path_;
  nlohmann::json plan_;
};

}  // namespace musicmem::launcher
