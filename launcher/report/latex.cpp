// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/report/report.h"
#include "launcher/report/words.h"
#include "launcher/text/markup.h"

namespace musicmem::launcher {
namespace {

// LaTeX sets \@nodocument to \relax when a document begins.
constexpr const char* begin_document =
    R"(% pdflatex, lualatex or xelatex makes a page of this file; \input{report.tex} puts its tables into your document,
% whose preamble then needs the packages that stand here before \begin{document}.
% Letters that the font lacks appear as their code, such as [U+0416]. For names that are not in Latin letters take
% lualatex or xelatex, and name a font that has them: \setmainfont{DejaVu Serif}.
\expandafter\ifx\csname @nodocument\endcsname\relax
  \def\musicmemend{}
\else
  \def\musicmemend{\end{document}}
  \documentclass{article}
  \def\musicmemfonts{\usepackage[T1]{fontenc}\usepackage{textcomp}}
  \ifdefined\XeTeXrevision
    \def\musicmemfonts{\usepackage{fontspec}}
  \fi
  \ifdefined\directlua % without luaotfload it has the fonts of pdflatex alone
    \IfFileExists{luaotfload.sty}{\def\musicmemfonts{\usepackage{fontspec}}}{}
  \fi
  \musicmemfonts
  \usepackage{booktabs}
  \usepackage{graphicx}
  \begin{document}
\fi
)";
constexpr const char* end_document = "\\musicmemend\n";

// A cell in mathematics where it is a number: minus signs and ± come out right.
std::string latex_number(const std::string& cell) {
  if (cell == "-") return "--";
  std::string text;
  for (std::size_t i = 0; i < cell.size(); ++i) {
    if (cell.compare(i, 2, "±") == 0) {
      text += "\\pm";
      ++i;
    } else {
      text += cell[i];
    }
  }
  return "$" + text + "$";
}

std::string latex_interval(const std::optional<models::Interval>& interval) {
  return interval ? "$[" + rounded(interval->low) + ", " + rounded(interval->high) + "]$" : "--";
}

// A table that is made smaller where it is wider than the text, and never larger.
std::string table(const std::string& columns, const std::string& heading, const std::string& body,
                  const std::string& caption, const std::string& label) {
  return "\\begin{table}\n  \\centering\n  \\caption{" + caption + "}\n  \\label{" + label +
         "}\n  \\footnotesize\\setlength{\\tabcolsep}{3.5pt}\n  \\sbox0{\\begin{tabular}{" + columns +
         "}\n    \\toprule\n    " + heading + " \\\\\n    \\midrule\n" + body +
         "    \\bottomrule\n  \\end{tabular}}\n"
         "  "
         "\\ifdim\\wd0>\\linewidth\\resizebox{\\linewidth}{!}{\\usebox0}\\else\\usebox0\\fi\n\\end{table}\n";
}

std::string results_table(const RunResults& results) {
  std::string body;
  for (const FitGroup& group : results.groups) {
    body += "    " + latex_escaped(group.model_title()) + " & " + latex_escaped(group.variant) + " & " +
            std::to_string(group.fits.size()) + "/" + std::to_string(group.expected_fits) + " & " +
            latex_number(rounded(group.spearman)) + " & " + latex_number(rounded(group.pearson)) + " & " +
            latex_number(rounded(group.mse)) + " & " + latex_number(rounded(group.mae)) + " & " +
            latex_number(rounded(group.pooled_spearman)) + " " + latex_interval(group.pooled_interval) +
            " \\\\\n";
  }
  std::string caption = latex_escaped(results.plan.name) + ": ";
  caption += std::to_string(results.plan.folds) + "-fold cross-validation over " + tracks_text(results) +
             ". Mean $\\pm$ standard deviation over folds, seeds averaged within a fold first; pooled "
             "Spearman "
             "correlation over all tracks with its 95\\,\\% bootstrap interval (" +
             resamples_text(results) + " resamples).";
  if (!results.missing.empty()) {
    caption += " Incomplete: " + std::to_string(results.finished_fits()) + " of " +
               std::to_string(results.plan.fits.size()) + " fits.";
  }
  if (results.plan.ytmm) caption += " Two halves of the listeners agree with a correlation of 0.82.";
  for (const std::string& note : model_notes(results)) caption += " " + latex_escaped(note);
  caption += " " + latex_escaped(terms_note(results));
  std::string features;
  for (const std::string& note : feature_notes(results)) features += (features.empty() ? "" : "; ") + note;
  if (!features.empty()) caption += " Features: " + latex_escaped(features) + ".";
  for (const Warning& warning : report_warnings(results.plan)) {
    caption += " \\textbf{" + latex_escaped(warning.title) + "} " + latex_escaped(warning.text);
  }
  return table("llrccccl", "Model & Variant & Fits & Spearman & Pearson & MSE & MAE & Pooled Spearman", body,
               caption, "tab:results");
}

std::string metrics_table(const RunResults& results) {
  std::string body;
  for (const FitGroup& group : results.groups) {
    body += "    " + latex_escaped(group.model_title()) + " & " + latex_escaped(group.variant) + " & " +
            latex_number(rounded(group.kendall)) + " & " + latex_number(rounded(group.r2)) + " & " +
            latex_number(rounded(group.rmse)) + " \\\\\n";
  }
  return table("llccc", "Model & Variant & Kendall's $\\tau$ & $R^2$ & RMSE", body,
               latex_escaped(results.plan.name) +
                   ": other metrics. Mean $\\pm$ standard deviation over folds, seeds averaged within a fold "
                   "first.",
               "tab:metrics");
}

std::string comparisons_table(const Report& report) {
  std::string body;
  for (const Comparison& c : report.comparisons.rows) {
    if (c.metric != "spearman" || !c.test) continue;
    body += "    " + latex_escaped(c.a->name()) + " & " + latex_escaped(c.name_of_b()) + " & " +
            std::to_string(c.folds) + " & " + latex_number(rounded(c.difference)) + " & " +
            latex_interval(c.test->interval) + " & " + latex_number(rounded(c.test->t, 2)) + " & " +
            latex_number(p_text(c.test->p)) + " & " + latex_number(p_text(c.p_holm)) + " & " +
            latex_number(rounded(c.pooled_difference)) + " & " + latex_interval(c.pooled_interval.interval) +
            " \\\\\n";
  }
  if (body.empty()) return "";
  std::string notes;
  for (const std::string& note : pair_notes(report)) notes += " " + latex_escaped(note);
  return table(
      "llcccccccc",
      "A & B & Folds & A $-$ B & 95\\,\\% interval & $t$ & $p$ & $p$ (Holm) & Pooled & 95\\,\\% interval",
      body,
      std::string("Differences of the Spearman correlation. Corrected resampled $t$-test (Nadeau and Bengio, "
                  "2003) with "
                  "one degree of freedom less than folds; Holm's correction within each family of "
                  "comparisons. Pooled: "
                  "difference of the correlations over all tested tracks with its bootstrap interval.") +
          notes,
      "tab:comparisons");
}

}  // namespace

std::string report_latex(const Report& report) {
  std::string text = std::string(begin_document) + latex_letters() + results_table(report.results) + "\n" +
                     metrics_table(report.results);
  if (!report.comparisons.refusal.empty()) {
    text += "% No tests: " + latex_escaped(report.comparisons.refusal) + ".\n";
  } else if (const std::string comparisons = comparisons_table(report); !comparisons.empty()) {
    text += "\n" + comparisons;
  }
  return text + end_document;
}

}  // namespace musicmem::launcher
