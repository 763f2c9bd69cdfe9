// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/report/report.h"
#include "launcher/report/words.h"
#include "launcher/text/html_page.h"
#include "launcher/text/markup.h"

#include <algorithm>

namespace musicmem::launcher {
namespace {

std::string header(const Report& report) {
  const RunPlan& plan = report.results.plan;
  std::string html = "<header><p class=\"kicker\">Music memorability, cross-validation</p><h1>" +
                     html_escaped(plan.name) + "</h1>\n";
  html += "<p class=\"facts\">" + tracks_text(report.results) + " · " + std::to_string(plan.folds) +
          " folds · protocol " + to_string(plan.protocol) + " · " +
          std::to_string(report.results.finished_fits()) + " of " + std::to_string(plan.fits.size()) +
          " fits</p>\n";
  for (const Warning& warning : report_warnings(plan)) {
    html += "<p class=\"warning\" role=\"note\"><strong>" + html_escaped(warning.title) + "</strong> " +
            html_escaped(warning.text) + "</p>\n";
  }
  return html + "</header>\n";
}

std::string results_section(const Report& report, const std::string& intervals) {
  std::vector<std::vector<std::string>> rows;
  for (const FitGroup& group : report.results.groups) rows.push_back(result_cells(group));
  constexpr std::size_t name_columns = 2;
  std::vector<std::vector<std::string>> others;
  for (const FitGroup& group : report.results.groups) others.push_back(metric_cells(group));
  return "<section id=\"results\"><h2>Results</h2>\n" + html_table(result_headings(), rows, name_columns) +
         "<details open><summary>Other metrics</summary>\n" +
         html_table(metric_headings(), others, name_columns) + "</details>\n" + intervals +
         html_notes(result_notes(report.results)) + "</section>\n";
}

std::string comparisons_section(const Report& report) {
  std::string html = "<section id=\"comparisons\"><h2>Comparisons</h2>\n";
  constexpr std::size_t name_columns = 3;
  for (const Family family : families) {
    std::vector<std::vector<std::string>> rows;
    for (const Comparison& comparison : report.comparisons.rows) {
      if (comparison.family == family) rows.push_back(comparison_cells(comparison));
    }
    if (rows.empty()) continue;
    html += "<details open><summary>" + family_title(family) + "</summary>\n" +
            html_table(comparison_headings(), rows, name_columns) + "</details>\n";
  }
  return html + html_notes(comparison_notes(report)) + "</section>\n";
}

std::string explanations_section(const Report& report) {
  if (report.explanations.empty()) return "";
  std::string html = "<section id=\"explanations\"><h2>What drives the predictions</h2>\n";
  for (const Explanation& explanation : report.explanations) {
    if (!explanation.is_current) continue;
    html += "<h3>" + html_escaped(explanation.of.title()) + "</h3>\n";
    for (const Picture& picture : explanation.pictures) html += html_figure(picture.svg, picture.caption);
  }
  return html + html_notes(explanation_notes(report)) + "</section>\n";
}

std::string problems_section(const RunResults& results) {
  if (results.failures.empty() && results.missing.empty()) return "";
  std::string html = "<section id=\"problems\"><h2>Failed and missing</h2>\n<ul>\n";
  for (const Failure& failure : results.failures) {
    html += "<li>" + html_escaped(failure.task) + ": " + html_escaped(failure.problem) + "</li>\n";
  }
  for (const MissingFit& fit : results.missing) {
    html += "<li>" + html_escaped(fit.directory) + ": " + html_escaped(fit.reason) + "</li>\n";
  }
  return html + "</ul></section>\n";
}

std::string provenance_section(const RunResults& results) {
  std::string html = "<section id=\"provenance\"><h2>Provenance</h2>\n";
  for (const auto& [name, provenance] : results.provenance) {
    html += "<h3>" + html_escaped(name) + "</h3>\n<dl>";
    for (const auto& [title, value] : provenance_facts(provenance)) {
      html += "<dt>" + title + "</dt><dd>" + html_escaped(value) + "</dd>";
    }
    html += "</dl>\n";
    if (provenance.configuration.empty()) continue;
    html += "<details><summary>Settings that determine the results, with every default</summary><pre>" +
            html_escaped(provenance.configuration) + "</pre></details>\n";
  }
  return html +
         "<p>Every number here is computed from the run's predictions.csv files. The same numbers: <a "
         "href=\"summary.csv\">summary.csv</a>, <a href=\"folds.csv\">folds.csv</a>, <a "
         "href=\"predictions.csv\">predictions.csv</a>, <a href=\"comparisons.csv\">comparisons.csv</a>, <a "
         "href=\"summary.json\">summary.json</a>, <a href=\"report.md\">report.md</a>, <a "
         "href=\"report.tex\">report.tex</a>.</p></section>\n";
}

}  // namespace

std::string report_html(const Report& report, const std::vector<Figure>& drawn,
                        const std::map<std::string, std::string>& figures) {
  std::string intervals;
  std::string others;
  std::string scores;
  bool are_drawn = false;
  for (const Figure& figure : drawn) {
    const auto svg = figures.find(figure.name + ".svg");
    if (svg == figures.end()) continue;
    std::string& place = figure.name == "intervals" ? intervals : figure.name == "scores" ? scores : others;
    place += html_figure(svg->second, figure.caption);
    are_drawn = true;
  }
  if (!are_drawn) others = "<p>No figures: none could be drawn where this report was written.</p>\n";
  return html_page(
      report.results.plan.name,
      header(report) + results_section(report, intervals) + comparisons_section(report) +
          "<section id=\"figures\"><h2>Predictions</h2>\n" + others + html_notes(report.comparisons.choices) +
          "</section>\n" + explanations_section(report) + problems_section(report.results) +
          "<section id=\"data\"><h2>Data</h2>\n" + scores + html_list(data_notes(report.results)) +
          "</section>\n" + provenance_section(report.results));
}

}  // namespace musicmem::launcher
