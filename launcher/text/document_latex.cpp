// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/text/document.h"
#include "launcher/text/markup.h"

#include <algorithm>

#include <fmt/format.h>

namespace musicmem::launcher {
namespace {

// LaTeX sets \@nodocument to \relax when a document begins.
constexpr const char* begin_document =
    R"(% pdflatex, lualatex or xelatex makes a page of this file; \input{report.tex} puts its tables and figures into your
% document, whose preamble then needs the packages that stand here before \begin{document}. Tables and figures fit one
% column of a page with two; those that do not are table*. The figures are read from figures/ beside this file, or in
% the folder \musicmemfolder: \def\musicmemfolder{runs/mine/report/} before \input.
% Letters that the font lacks appear as their code, such as [U+0416]. For names that are not in Latin letters take
% lualatex or xelatex, and name a font that has them: \setmainfont{DejaVu Serif}.
\expandafter\ifx\csname @nodocument\endcsname\relax
  \def\musicmemend{}
\else
  \def\musicmemend{\end{document}}
  \documentclass[twocolumn]{article}
  \def\musicmemfonts{\usepackage[T1]{fontenc}\usepackage{textcomp}}
  \ifdefined\XeTeXrevision
    \def\musicmemfonts{\usepackage{fontspec}}
  \fi
  \ifdefined\directlua % without luaotfload it has the fonts of pdflatex alone
    \IfFileExists{luaotfload.sty}{\def\musicmemfonts{\usepackage{fontspec}}}{}
  \fi
  \musicmemfonts
  \usepackage{booktabs}
  \usepackage{tabularx}
  \usepackage{graphicx}
  \begin{document}
\fi
\providecommand*{\musicmemfolder}{}
% A figure as wide as a column, but no wider than it was drawn for.
\providecommand*{\musicmemfigure}{}
\renewcommand*{\musicmemfigure}[1]{%
  \IfFileExists{\musicmemfolder figures/#1}%
    {\includegraphics[width=\ifdim\linewidth<3.5in \linewidth\else 3.5in\fi]{\musicmemfolder figures/#1}}%
    {\fbox{figures/\detokenize{#1} is not there}}}
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

// Names may break after underscores and slashes, and after letters that may appear as their codes.
std::string breakable(const std::string& text) {
  constexpr std::string_view letter = "\\musicmemletter{";
  constexpr std::string_view break_point = "\\allowbreak{}";
  std::string result;
  int groups = 0;  // that are left of a letter: its bytes and its code
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.compare(at, letter.size(), letter) == 0) groups = 2;
    result += text[at];
    const bool ends_letter = text[at] == '}' && groups > 0 && --groups == 0;
    const bool is_underscore = text[at] == '_' && at > 0 && text[at - 1] == '\\';
    if (ends_letter || is_underscore || text[at] == '/') result += break_point;
  }
  return result;
}

std::string latex_text(const Text& spans) {
  std::string text;
  for (const Span& span : spans) {
    if (span.style == Span::Style::symbol) {
      text += formula(span.text);
    } else if (span.style == Span::Style::strong) {
      text += "\\textbf{" + breakable(latex_escaped(span.text)) + "}";
    } else {
      text += breakable(latex_escaped(span.text));
    }
  }
  return text;
}

std::string latex_cell(const Cell& cell, Column::Kind kind) {
  if (kind == Column::Kind::name) return breakable(latex_escaped(cell.text));
  if (kind == Column::Kind::count) return cell.text + (cell.second.empty() ? "" : "/" + cell.second);
  if (cell.text == "-") return "--";
  if (!cell.second.empty()) return "$[" + cell.text + ", " + cell.second + "]$";
  const bool is_whole =
      std::all_of(cell.text.begin(), cell.text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_whole ? cell.text : formula(cell.text);
}

std::string row_of(const Table& table, std::size_t r) {
  std::string text;
  bool is_first = true;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const Column& column = table.columns[c];
    if (!column.latex_title) continue;
    const std::string cell = latex_cell(table.rows[r][c], column.kind);
    text += is_first ? cell : (column.latex_title->empty() ? " " : " & ") + cell;
    if (is_first && !table.marked.empty() && table.marked[r]) text += "$^{*}$";
    is_first = false;
  }
  return text;
}

// Names take the room that is left, and break; what stands left beside them is a number that another column joins.
std::string alignment(const std::vector<Column>& columns) {
  std::string text;
  for (const Column& column : columns) {
    if (!column.latex_title) continue;
    if (!column.latex_title->empty()) {
      text += column.kind == Column::Kind::name ? 'X' : column.kind == Column::Kind::count ? 'r' : 'c';
    } else if (text.back() != 'X') {
      text.back() = 'l';
    }
  }
  std::string with_names_ragged;
  for (const char c : text) {
    with_names_ragged += c == 'X' ? ">{\\raggedright\\arraybackslash}X" : std::string(1, c);
  }
  return with_names_ragged;
}

// "fig:demo-intervals": letters, digits and '-' alone.
std::string label_of(const std::string& kind, const Document& document, const std::string& name) {
  std::string label = document.title + "-" + name;
  for (char& c : label) {
    const bool is_kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!is_kept) c = '-';
  }
  return kind + ":" + label;
}

std::string latex_table(const Table& table, const Document& document) {
  std::string heading;
  for (const Column& column : table.columns) {
    if (column.latex_title && !column.latex_title->empty()) {
      heading += (heading.empty() ? "" : " & ") + *column.latex_title;
    }
  }
  std::string body;
  for (std::size_t r = 0; r < table.rows.size(); ++r) body += "    " + row_of(table, r) + " \\\\\n";
  const bool has_names = std::ranges::any_of(table.columns, [](const Column& column) {
    return column.latex_title && column.kind == Column::Kind::name;
  });
  const std::string star = std::ranges::find(table.marked, true) == table.marked.end()
                               ? ""
                               : " $^{*}$: " + latex_escaped(table.mark) + ".";
  const std::string environment = table.is_wide ? "table*" : "table";
  const std::string tabular = has_names ? "tabularx" : "tabular";
  return fmt::format(
      "\\begin{{{0}}}\n  \\centering\\setlength{{\\belowcaptionskip}}{{4pt}}\n  \\caption{{{1}{2}}}\n  \\label{{{3}}}\n"
      "  \\footnotesize\\setlength{{\\tabcolsep}}{{{4}}}\n  \\begin{{{5}}}{6}{{{7}}}\n    \\toprule\n    {8} \\\\\n"
      "    \\midrule\n{9}    \\bottomrule\n  \\end{{{5}}}\n\\end{{{0}}}\n",
      environment, latex_text(table.caption), star, label_of("tab", document, table.label),
      table.is_wide ? "2.5pt" : "3pt", tabular, has_names ? "{\\linewidth}" : "", alignment(table.columns),
      heading, body);
}

std::string latex_picture(const Picture& picture, const Document& document) {
  if (picture.pdf.empty()) return "";
  return fmt::format(
      "\\begin{{figure}}\n  \\centering\n  \\musicmemfigure{{{}.pdf}}\n  \\caption{{{}{}.}}\n  \\label{{{}}}\n"
      "\\end{{figure}}\n",
      picture.name, breakable(latex_escaped(document.sample)), breakable(latex_escaped(picture.caption)),
      label_of("fig", document, picture.name));
}

}  // namespace

std::string as_latex(const Document& document) {
  std::string text = std::string(begin_document) + latex_letters();
  bool is_first = true;
  for (const Section& section : document.sections) {
    for (const Block& block : section.blocks) {
      if ((section.forms & block.forms & in_latex) == 0) continue;
      std::string part;
      if (const auto* table = std::get_if<Table>(&block.content)) part = latex_table(*table, document);
      if (const auto* picture = std::get_if<Picture>(&block.content))
        part = latex_picture(*picture, document);
      if (const auto* paragraph = std::get_if<Paragraph>(&block.content))
        text += "% " + latex_text(paragraph->text) + "\n";
      if (part.empty()) continue;
      text += (is_first ? "" : "\n") + part;
      is_first = false;
    }
  }
  return text + end_document;
}

}  // namespace musicmem::launcher
