// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/run_results.h"

#include <filesystem>
#include <string>

// The cross-validation report of one run. The same predictions give the same bytes.
namespace musicmem::launcher {

// Mean Spearman correlation between random halves of the listeners of the YTMM data set: the most that any
// predictor of its scores can reach (Tseng et al., ISMIR 2023).
inline constexpr double human_consistency = 0.82;

// Writes report.md, summary.csv, folds.csv and summary.json into `directory`, each by rename.
void write_report(const RunResults& results, const std::filesystem::path& directory);

// The summary as a plain table for a terminal.
std::string summary_table(const RunResults& results);

// The documents by themselves.
std::string report_markdown(const RunResults& results);
std::string summary_csv(const RunResults& results);
std::string folds_csv(const RunResults& results);
std::string summary_json(const RunResults& results);

}  // namespace musicmem::launcher
