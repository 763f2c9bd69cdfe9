// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/report/report.h"
#include "launcher/report/words.h"
#include "launcher/text/markup.h"

#include <algorithm>

namespace musicmem::launcher {
namespace {

using Row = std::vector<std::string>;

std::string markdown_row(const Row& row) {
  std::string text = "|";
  for (const std::string& cell : row) text += " " + markdown_escaped(cell) + " |";
  return text + "\n";
}

std::string markdown_table(const Row& headings, const std::vector<Row>& rows) {
  std::string text = markdown_row(headings) + "|";
  for (std::size_t column = 0; column < headings.size(); ++column) text += "---|";
  text += "\n";
  for (const Row& row : rows) text += markdown_row(row);
  return text;
}

std::string figure_link(const std::string& name, const std::string& caption) {
  return "![" + markdown_escaped(caption) + "](figures/" + name + ".svg)\n\n" + markdown_escaped(caption) +
         ".\n\n";
}

std::string results_section(const RunResults& results) {
  std::vector<Row> rows;
  for (const FitGroup& group : results.groups) rows.push_back(result_cells(group));
  std::vector<Row> others;
  for (const FitGroup& group : results.groups) others.push_back(metric_cells(group));
  std::string text = "## Results\n\n" + markdown_table(result_headings(), rows) + "\n" +
                     markdown_table(metric_headings(), others);
  for (const std::string& note : result_notes(results)) text += "\n" + markdown_escaped(note) + "\n";
  return text + "\n";
}

std::string comparisons_section(const Report& report) {
  std::string text = "## Comparisons\n\n";
  for (const Family family : families) {
    std::vector<Row> rows;
    for (const Comparison& comparison : report.comparisons.rows) {
      if (comparison.family == family) rows.push_back(comparison_cells(comparison));
    }
    if (rows.empty()) continue;
    text += "### " + family_title(family) + "\n\n" + markdown_table(comparison_headings(), rows) + "\n";
  }
  for (const std::string& note : comparison_notes(report)) text += markdown_escaped(note) + "\n\n";
  return text;
}

std::string problems_section(const RunResults& results) {
  std::string text;
  if (!results.failures.empty()) {
    text += "## Failed\n\n";
    for (const Failure& failure : results.failures) {
      text += "- " + markdown_escaped(failure.task) + ": " + markdown_escaped(failure.problem) + "\n";
    }
    text += "\n";
  }
  if (!results.missing.empty()) {
    text += "## Missing\n\n" + std::to_string(results.finished_fits()) + " of " +
            std::to_string(results.plan.fits.size()) + " fits are there. Missing:\n\n";
    for (const MissingFit& fit : results.missing) {
      text += "- " + markdown_escaped(fit.directory) + ": " + markdown_escaped(fit.reason) + "\n";
    }
    text += "\n";
  }
  return text;
}

std::string explanations_section(const Report& report) {
  if (report.explanations.empty()) return "";
  std::string text = "## What drives the predictions\n\n";
  for (const Explanation& explanation : report.explanations) {
    for (const Picture& picture : explanation.pictures) text += figure_link(picture.name, picture.caption);
  }
  for (const std::string& note : explanation_notes(report)) text += markdown_escaped(note) + "\n\n";
  return text;
}

std::string provenance_section(const RunResults& results) {
  std::string text = "## Provenance\n\n";
  for (const auto& [name, provenance] : results.provenance) {
    text += "### " + markdown_escaped(name) + "\n\n";
    for (const auto& [title, value] : provenance_facts(provenance)) {
      text += "- " + title + ": " + markdown_escaped(value) + "\n";
    }
    text += "\n";
  }
  return text + "The configuration with every default is in the run's plan.yaml.\n";
}

// Characters, not bytes, so that columns with ± line up.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

std::string report_markdown(const Report& report, const std::vector<Figure>& drawn) {
  const RunResults& results = report.results;
  std::string text =
      "# " + markdown_escaped(results.plan.name) + ": music memorability, cross-validation\n\n";
  for (const Warning& warning : report_warnings(results.plan)) {
    text +=
        "> **Warning: " + markdown_escaped(warning.title) + "** " + markdown_escaped(warning.text) + "\n\n";
  }
  text += results_section(results) + comparisons_section(report);
  if (!drawn.empty()) {
    text += "## Figures\n\n";
    for (const std::string& choice : report.comparisons.choices) text += markdown_escaped(choice) + ".\n\n";
  }
  for (const Figure& figure : drawn) text += figure_link(figure.name, figure.caption);
  text += explanations_section(report) + problems_section(results) + "## Data\n\n";
  for (const std::string& note : data_notes(results)) text += "- " + markdown_escaped(note) + "\n";
  return text + "\n" + provenance_section(results);
}

std::string summary_table(const RunResults& results) {
  std::vector<Row> rows = {result_headings()};
  for (const FitGroup& group : results.groups) rows.push_back(result_cells(group));
  std::vector<std::size_t> widths(result_headings().size(), 0);
  for (const Row& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width_of(row[c]));
  }
  std::string text =
      results.plan.synthetic ? results.plan.name + " (synthetic study)\n" : results.plan.name + "\n";
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      line += row[c] + std::string(widths[c] - width_of(row[c]) + 2, ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  for (const std::string& note : model_notes(results)) text += note + "\n";
  return text;
}

}  // namespace musicmem::launcher
