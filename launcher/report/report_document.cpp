// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/report/report.h"
#include "launcher/report/words.h"
#include "launcher/results/learning_curve.h"
#include "launcher/text/document.h"
#include "launcher/text/markup.h"

#include <set>

#include <fmt/ranges.h>

namespace musicmem::launcher {
namespace {

constexpr const char* mean_over_folds = " standard deviation over folds, seeds averaged within a fold first";

// Figures that a page shows where their numbers stand.
bool stands_with_its_numbers(const Picture& picture) {
  static const std::set<std::string> placed = {"intervals", "scores", "differences", "differences-errors",
                                               "shares"};
  return placed.contains(picture.name);
}

void add_picture(Section& section, const std::vector<Picture>& pictures, const std::string& name) {
  for (const Picture& picture : pictures) {
    if (picture.name == name) section.blocks.push_back({picture, in_html | in_latex});
  }
}

Text result_caption(const RunResults& results) {
  std::string sample =
      results.plan.name + ": " + std::to_string(results.plan.folds / results.plan.repeats) +
      "-fold cross-validation" +
      (results.plan.repeats > 1 ? " repeated " + std::to_string(results.plan.repeats) + " times" : "") +
      " over " + tracks_text(results) + ". Mean ";
  std::string text = mean_over_folds;
  text += "; pooled Spearman correlation over all tracks with its 95\u202F% bootstrap interval (" +
          resamples_text(results) + " resamples).";
  if (!results.missing.empty()) {
    text += " Incomplete: " + std::to_string(results.finished_fits()) + " of " +
            std::to_string(results.plan.fits.size()) + " fits.";
  }
  if (const auto reliability = reliability_of(results.plan))
    text += " Listeners' agreement: " + reliability_text(*reliability) + ".";
  for (const std::string& note : model_notes(results)) text += " " + note;
  text += " " + terms_note(results);
  const std::vector<std::string> features = feature_notes(results);
  if (!features.empty()) text += fmt::format(" Features: {}.", fmt::join(features, "; "));
  Text caption = {std::move(sample), {"±", Span::Style::symbol}, std::move(text)};
  for (const Warning& warning : report_warnings(results.plan)) {
    caption.insert(caption.end(), {" ", {warning.title, Span::Style::strong}, " " + warning.text});
  }
  return caption;
}

Section results_section(const RunResults& results, const std::vector<Picture>& pictures) {
  Table main = result_table(results);
  main.title = "Correlations and errors of every model and variant";
  Table others = metric_table(results);
  others.title = "Other metrics";
  others.is_folded = true;
  Table published = published_result_table(results);
  published.caption = result_caption(results);
  published.label = "results";
  Table errors = published_metric_table(results);
  errors.caption = {sample_text(results) + "Other metrics: mean ",
                    {"±", Span::Style::symbol},
                    std::string(mean_over_folds) + "."};
  errors.label = "metrics";
  Section section{"results", "Results", {{main}, {others}, {published, in_latex}, {errors, in_latex}}};
  add_picture(section, pictures, "intervals");
  section.blocks.push_back({Notes{result_notes(results)}});
  return section;
}

// The table of a publication: tests of the Spearman correlation, of all families.
Table published_comparisons(const Report& report) {
  Table table = comparison_table(report.comparisons,
                                 [](const Comparison& c) { return c.metric == "spearman" && c.test; });
  std::string notes;
  for (const std::string& note : pair_notes(report)) notes += " " + note;
  table.caption = {
      sample_text(report.results) + "Differences of the Spearman correlation. Corrected resampled ",
      {"t", Span::Style::symbol},
      "-test (Nadeau and Bengio, 2003) with one degree of freedom less than folds, its 95\u202F% interval, and ",
      {"p", Span::Style::symbol},
      " after Holm\u2019s correction within each family of comparisons." + notes};
  table.label = "comparisons";
  return table;
}

Section comparisons_section(const Report& report, const std::vector<Picture>& pictures) {
  Section section{"comparisons", "Comparisons"};
  add_picture(section, pictures, "differences");
  add_picture(section, pictures, "differences-errors");
  for (const Family family : families) {
    Table table =
        comparison_table(report.comparisons, [&](const Comparison& c) { return c.family == family; });
    if (table.rows.empty()) continue;
    table.title = family_title(family);
    table.is_folded = true;
    section.blocks.push_back({Heading{table.title}, in_markdown});
    section.blocks.push_back({std::move(table)});
  }
  section.blocks.push_back({Notes{comparison_notes(report)}});
  if (!report.comparisons.refusal.empty()) {
    section.blocks.push_back({Paragraph{{"No tests: " + report.comparisons.refusal + "."}}, in_latex});
  } else if (Table table = published_comparisons(report); !table.rows.empty()) {
    section.blocks.push_back({std::move(table), in_latex});
  }
  return section;
}

void add_equivalence(Document& document, const Report& report) {
  Table table = equivalence_table(report.comparisons, [](const Comparison&) { return true; });
  if (table.rows.empty()) return;
  Section section{"equivalence", "Differences that matter"};
  table.is_folded = true;
  table.title = "Probabilities, and differences that could have been found";
  section.blocks.push_back({std::move(table)});
  section.blocks.push_back({Notes{equivalence_notes(report)}});
  Table published =
      equivalence_table(report.comparisons, [](const Comparison& c) { return c.metric == "spearman"; });
  // Correlations of so few tracks that none is defined leave the errors.
  const bool has_correlations = !published.rows.empty();
  if (!has_correlations)
    published = equivalence_table(report.comparisons, [](const Comparison&) { return true; });
  std::string caption = sample_text(report.results);
  caption +=
      has_correlations ? "Differences of the Spearman correlation that matter." : "Differences that matter.";
  for (const std::string& note : equivalence_notes(report)) caption += " " + note;
  published.caption = {caption};
  published.label = "equivalence";
  section.blocks.push_back({std::move(published), in_latex});
  document.sections.push_back(std::move(section));
}

// A table of all forms, with its notes, which LaTeX sets as its caption; nothing where it is empty.
void add_table(Document& document, Section section, Table table, const std::vector<std::string>& notes,
               const std::string& label) {
  if (table.rows.empty()) return;
  std::string caption = document.sample + section.title + ".";
  if (table.title.empty()) table.title = section.title;
  for (const std::string& note : notes) caption += " " + note;
  table.caption = {caption};
  table.label = label;
  section.blocks.push_back({std::move(table), in_pages | in_latex});
  section.blocks.push_back({Notes{notes}});
  document.sections.push_back(std::move(section));
}

void add_learning_curves(Document& document, const RunResults& results,
                         const std::vector<Picture>& pictures) {
  Section section{"learning-curve", "Learning curve"};
  add_picture(section, pictures, "shares");
  add_table(document, std::move(section), learning_table(results), learning_notes(), "learning");
}

void add_searches(Document& document, const RunResults& results) {
  if (!has_searches(results)) return;
  add_table(document, {"search", "Settings that were searched"}, search_table(results), search_notes(results),
            "search");
  document.sections.back().blocks.push_back({search_fits_table(results)});
}

void add_covariates(Document& document, const RunResults& results) {
  if (results.plan.covariates.empty()) return;
  add_table(document, {"covariates", "Beside the covariates"}, covariate_table(results),
            covariate_notes(results), "covariates");
}

void add_reliability(Document& document, const RunResults& results) {
  const std::vector<std::string> notes = reliability_notes(results);
  Section section{"reliability", "What could be attained"};
  if (Table table = reliability_table(results); !table.rows.empty()) {
    add_table(document, std::move(section), std::move(table), notes, "reliability");
  } else if (!notes.empty()) {
    section.blocks.push_back({Notes{notes}});
    document.sections.push_back(std::move(section));
  }
}

// A page shows some figures where their numbers stand; Markdown shows all together.
void add_figures(Document& document, const Report& report, const std::vector<Picture>& pictures,
                 const Sounds& sounds) {
  Section page{"figures", "Predictions", {}, in_html | in_latex};
  Section all{"figures", "Figures", {}, in_markdown};
  for (const std::string& choice : report.comparisons.choices)
    all.blocks.push_back({Paragraph{{choice + "."}}});
  for (const Picture& picture : pictures) {
    all.blocks.push_back({picture});
    if (!stands_with_its_numbers(picture)) page.blocks.push_back({picture, in_html | in_latex});
  }
  if (pictures.empty()) {
    page.blocks.push_back({Paragraph{{"No figures: none could be drawn where this report was written."}}});
  }
  if (Table worst = worst_table(report.results, sounds); !worst.rows.empty())
    page.blocks.push_back({std::move(worst), in_html});
  page.blocks.push_back({Notes{report.comparisons.choices}});
  document.sections.push_back(std::move(page));
  if (!pictures.empty()) document.sections.push_back(std::move(all));
}

void add_explanations(Document& document, const Report& report) {
  if (report.explanations.empty()) return;
  Section section{"explanations", "What drives the predictions"};
  for (const Explanation& explanation : report.explanations) {
    if (!explanation.is_current) continue;
    section.blocks.push_back({Heading{explanation.of.title()}, in_html});
    for (const Picture& picture : explanation.pictures)
      section.blocks.push_back({picture, in_pages | in_latex});
  }
  section.blocks.push_back({Notes{explanation_notes(report)}});
  document.sections.push_back(std::move(section));
}

void add_problems(Document& document, const RunResults& results) {
  List failed;
  for (const Failure& failure : results.failures)
    failed.items.push_back(failure.task + ": " + failure.problem);
  List missing;
  for (const MissingFit& fit : results.missing) missing.items.push_back(fit.directory + ": " + fit.reason);
  List all = failed;
  all.items.insert(all.items.end(), missing.items.begin(), missing.items.end());
  if (all.items.empty()) return;
  document.sections.push_back({"problems", "Failed and missing", {{std::move(all)}}, in_html});
  if (!failed.items.empty()) {
    document.sections.push_back({"failed", "Failed", {{std::move(failed)}}, in_markdown});
  }
  if (missing.items.empty()) return;
  const std::string counts = std::to_string(results.finished_fits()) + " of " +
                             std::to_string(results.plan.fits.size()) + " fits are there. Missing:";
  document.sections.push_back(
      {"missing", "Missing", {{Paragraph{{counts}}}, {std::move(missing)}}, in_markdown});
}

Section data_section(const RunResults& results, const std::vector<Picture>& pictures) {
  Section section{"data", "Data"};
  add_picture(section, pictures, "scores");
  section.blocks.push_back({List{data_notes(results)}});
  return section;
}

Section provenance_section(const RunResults& results, const std::string& timings) {
  Section section{"provenance", "Provenance"};
  for (const auto& [name, provenance] : results.provenance) {
    section.blocks.push_back({Heading{name}});
    section.blocks.push_back({Facts{provenance_facts(provenance)}});
    if (provenance.listed_settings.empty()) continue;
    section.blocks.push_back(
        {Listing{"Settings that determine the results; what is off by default is left out",
                 provenance.listed_settings},
         in_html});
  }
  Text files = {"Every number here is computed from the run's predictions.csv files. The same numbers: "};
  std::vector<std::string> names = {"summary.csv",  "folds.csv", "predictions.csv", "comparisons.csv",
                                    "summary.json", "report.md", "report.tex"};
  if (has_searches(results)) names.insert(names.begin() + 4, "searches.csv");
  if (!learning_curves(results).empty()) names.insert(names.begin() + 4, "learning_curve.csv");
  for (const std::string& file : names) {
    if (files.size() > 1) files.emplace_back(", ");
    files.emplace_back(file, Span::Style::link);
  }
  files.emplace_back(".");
  if (!timings.empty()) {
    files.emplace_back(" Run time and cost: ");
    files.emplace_back(timings, Span::Style::link);
    files.emplace_back(".");
  }
  section.blocks.push_back({Paragraph{std::move(files)}, in_html});
  section.blocks.push_back(
      {Paragraph{{"The configuration with every default is in the run's plan.yaml."}}, in_markdown});
  return section;
}

}  // namespace

Document report_document(const Report& report, const std::vector<Picture>& pictures, const Links& links) {
  const RunResults& results = report.results;
  const RunPlan& plan = results.plan;
  Document document{plan.name, "Music memorability, cross-validation"};
  document.summary = study_summary(results);
  document.sample = sample_text(results);
  document.facts = tracks_text(results) + " · " + folds_text(plan) + " · protocol " +
                   to_string(plan.protocol) + " · " + std::to_string(results.finished_fits()) + " of " +
                   std::to_string(plan.fits.size()) + " fits";
  document.warnings = report_warnings(plan);
  document.sections = {results_section(results, pictures)};
  add_reliability(document, results);
  document.sections.push_back(comparisons_section(report, pictures));
  add_equivalence(document, report);
  add_searches(document, results);
  add_learning_curves(document, results, pictures);
  add_covariates(document, results);
  add_figures(document, report, pictures, links.sounds);
  add_explanations(document, report);
  add_problems(document, results);
  document.sections.push_back(data_section(results, pictures));
  document.sections.push_back(provenance_section(results, links.timings));
  return document;
}

std::string summary_table(const RunResults& results) {
  std::string text = results.plan.name + (results.plan.synthetic ? " (synthetic study)\n" : "\n");
  text += as_text(result_table(results));
  for (const std::string& note : model_notes(results)) text += note + "\n";
  return text;
}

}  // namespace musicmem::launcher
