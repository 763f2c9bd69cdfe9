// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/text/document.h"
#include "launcher/text/markup.h"

#include <algorithm>

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

// In mathematics, where minus signs and ± come out right.
std::string formula(const std::string& text) {
  constexpr std::string_view plus_minus = "±";
  std::string result = text;
  if (const auto at = text.find(plus_minus); at != std::string::npos) {
    result.replace(at, plus_minus.size(), "\\pm");
  }
  return "$" + result + "$";
}

std::string latex_text(const Text& spans) {
  std::string text;
  for (const Span& span : spans) {
    if (span.style == Span::Style::symbol) {
      text += formula(span.text);
    } else if (span.style == Span::Style::strong) {
      text += "\\textbf{" + latex_escaped(span.text) + "}";
    } else {
      text += latex_escaped(span.text);
    }
  }
  return text;
}

std::string latex_cell(const Cell& cell, Column::Kind kind) {
  if (kind == Column::Kind::name) return latex_escaped(cell.text);
  if (kind == Column::Kind::count) return cell.text + (cell.second.empty() ? "" : "/" + cell.second);
  if (cell.text == "-") return "--";
  if (!cell.second.empty()) return "$[" + cell.text + ", " + cell.second + "]$";
  const bool is_whole =
      std::all_of(cell.text.begin(), cell.text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_whole ? cell.text : formula(cell.text);
}

std::string row_of(const Table& table, const std::vector<Cell>& row) {
  std::string text;
  for (std::size_t c = 0; c < row.size(); ++c) {
    const Column& column = table.columns[c];
    if (!column.latex_title) continue;
    const bool joins = column.latex_title->empty();
    text += (joins ? " " : text.empty() ? "" : " & ") + latex_cell(row[c], column.kind);
  }
  return text;
}

// What stands left is a name, or a number that another column joins.
std::string alignment(const std::vector<Column>& columns) {
  std::string text;
  for (const Column& column : columns) {
    if (!column.latex_title) continue;
    if (column.latex_title->empty()) {
      text.back() = 'l';
    } else {
      text += column.kind == Column::Kind::name ? 'l' : column.kind == Column::Kind::count ? 'r' : 'c';
    }
  }
  return text;
}

// A table that is made smaller where it is wider than the text, and never larger.
std::string latex_table(const Table& table) {
  std::string heading;
  for (const Column& column : table.columns) {
    if (column.latex_title && !column.latex_title->empty()) {
      heading += (heading.empty() ? "" : " & ") + *column.latex_title;
    }
  }
  std::string body;
  for (const auto& row : table.rows) body += "    " + row_of(table, row) + " \\\\\n";
  return "\\begin{table}\n  \\centering\n  \\caption{" + latex_text(table.caption) + "}\n  \\label{" +
         table.label + "}\n  \\footnotesize\\setlength{\\tabcolsep}{3.5pt}\n  \\sbox0{\\begin{tabular}{" +
         alignment(table.columns) + "}\n    \\toprule\n    " + heading + " \\\\\n    \\midrule\n" + body +
         "    \\bottomrule\n  \\end{tabular}}\n"
         "  \\ifdim\\wd0>\\linewidth\\resizebox{\\linewidth}{!}{\\usebox0}\\else\\usebox0\\fi\n\\end{table}\n";
}

}  // namespace

std::string as_latex(const Document& document) {
  std::string text = std::string(begin_document) + latex_letters();
  bool is_first = true;
  for (const Section& section : document.sections) {
    for (const Block& block : section.blocks) {
      if ((section.forms & block.forms & in_latex) == 0) continue;
      if (const auto* table = std::get_if<Table>(&block.content)) {
        text += (is_first ? "" : "\n") + latex_table(*table);
        is_first = false;
      } else if (const auto* paragraph = std::get_if<Paragraph>(&block.content)) {
        text += "% " + latex_text(paragraph->text) + "\n";
      }
    }
  }
  return text + end_document;
}

}  // namespace musicmem::launcher
