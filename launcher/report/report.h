// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/explain/explanations.h"
#include "launcher/results/comparisons.h"
#include "launcher/results/run_results.h"
#include "launcher/text/document.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

// The cross-validation report of one run, or of several that are paired. The same predictions give the same
// bytes.
namespace musicmem::launcher {

// All that a report is made of.
struct Report {
  Report() = default;
  Report(const Report&) = delete;  // a copy's comparisons would point into the original's results
  Report& operator=(const Report&) = delete;

  RunResults results;
  Comparisons comparisons;                // of the groups of `results`
  std::vector<Explanation> explanations;  // what `explain` left in the run
};

// Compares the groups and keeps the results; see compare_groups for `allow_partial`.
std::unique_ptr<Report> make_report(RunResults results, std::vector<Explanation> explanations,
                                    bool allow_partial);

// Writes index.html, report.md, report.tex, summary.csv, folds.csv, predictions.csv, comparisons.csv,
// learning_curve.csv and searches.csv (where there are such), summary.json and figures/*.svg, *.png and *.pdf
// into `directory`, each by rename. Figures that an earlier report there lists in its summary.json and this one does not have
// are removed, nothing else. Without gnuplot there are no figures, and a warning says so on standard error.
void write_report(const Report& report, const std::filesystem::path& directory);

// The summary as a plain table for a terminal.
std::string summary_table(const RunResults& results);

// Where the report lies, for people.
std::string report_place(const std::filesystem::path& directory);

// What a page leads to.
struct Links {
  std::map<std::string, std::string> sounds = {};  // addresses of clips, by track
  std::string timings = {};                        // of the page on the run's time; empty for none
};

// What index.html, report.md and report.tex say. `pictures`: of report_figures(); those of the explanations are
// added.
Document report_document(const Report& report, const std::vector<Picture>& pictures, const Links& links = {});
std::string summary_csv(const RunResults& results);
std::string folds_csv(const RunResults& results);
// One row per prediction of every finished fit (model,variant,seed,fold,track,group,label,prediction), in the
// order of the groups, their fits and the fits' rows. Memory grows with one fit's rows. Throws Error where a
// fit's predictions.csv is not what `results` was computed from.
void write_predictions(const RunResults& results, const std::filesystem::path& file);
std::string comparisons_csv(const Comparisons& comparisons);
std::string learning_curve_csv(const RunResults& results);

// Whether settings of some fits were searched, and what was chosen, a row a fit.
bool has_searches(const RunResults& results);
std::string searches_csv(const RunResults& results);
std::string summary_json(const Report& report, const std::map<std::string, std::string>& figures);

}  // namespace musicmem::launcher
