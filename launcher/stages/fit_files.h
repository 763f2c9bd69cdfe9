// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/study/plan.h"
#include "models/protocol/candidates.h"
#include "models/protocol/fold_fit.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace musicmem::launcher {

// The directory of one fit: predictions.csv, segments.csv, weights.h5 (weights.pth of ssast) and
// metrics.json, which holds the fit's hash and the checksums of the others. It appears whole, by one rename.
enum class FitState { missing, stale, damaged, good };

// What lies at `directory` for a fit of this hash; every file is read and held against its checksum. Throws
// IoError where one cannot be read: it may be whole.
FitState check_fit(const std::filesystem::path& directory, const std::string& hash);

// The hash of the fit at `directory`, by its metrics.json alone; empty where there is none or it is damaged.
std::optional<std::string> hash_of_fit(const std::filesystem::path& directory);

// How a fit's settings were chosen.
struct SearchRecord {
  std::vector<std::pair<std::string, std::string>> chosen;  // settings and their values, as searched
  std::string metric;
  double inner_score = 0.0;  // of the choice: mean over the inner folds
  std::size_t candidates = 0;
  std::size_t undefined = 0;  // of them: without a defined metric, never chosen
};

// What metrics.json says beyond predictions.csv.
struct FitRecord {
  std::string model;                          // its label
  std::string variant;                        // or "shuffled"
  std::optional<models::Metrics> validation;  // of models that stop early
  std::vector<models::CurvePoint> curve;      // of models with epochs
  std::string arithmetic;                     // of ssast; empty where it is not known
  std::optional<SearchRecord> search;         // of fits whose settings were searched
  std::string predictions_checksum;           // of predictions.csv
  std::string weights_checksum;               // of the weights; empty where there are none
};
FitRecord read_fit_record(const std::filesystem::path& directory);

// Writes the fit beside `directory` and renames it into place. A good fit of the same hash that is already
// there wins; a stale or damaged one is moved aside first and removed after. `search`: what chose the fit's settings, for
// search.csv; null where none did.
void publish_fit(const std::filesystem::path& directory, const FitTask& task, const config::ModelSpec& model,
                 const std::vector<std::string>& tracks, const models::FoldFitResult& result,
                 const models::SearchOutcome* search = nullptr);

// One row of predictions.csv.
struct PredictionRow {
  std::string track;
  int fold = 0;
  std::string seed;  // a number or "none"
  double label = 0.0;
  double prediction = 0.0;
};

// What reports need of a fit; record and rows are those of a good one.
struct PublishedFit {
  FitState state = FitState::missing;
  FitRecord record;
  std::vector<PredictionRow> rows;
};

// Reads metrics.json and predictions.csv once each, so that what was checked is what is given.
PublishedFit read_published_fit(const std::filesystem::path& directory, const std::string& hash);

// Weights of a fit; file and bytes are those of good ones.
struct FitWeights {
  FitState state = FitState::missing;
  std::filesystem::path file;
  std::string bytes;
};

// Reads metrics.json and the weights once each, so that what was checked is what is given. Without weights a
// fit is damaged. Throws IoError where one cannot be read: it may be whole.
FitWeights read_fit_weights(const std::filesystem::path& directory, const std::string& hash);

// Reads predictions.csv. Throws Error with file and line for a missing column, a number that is none, a track
// given twice.
std::vector<PredictionRow> read_predictions(const std::filesystem::path& file);
// The same of its bytes, which are read already.
std::vector<PredictionRow> read_predictions(const std::filesystem::path& file, std::string_view bytes);

}  // namespace musicmem::launcher
