// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/statistics/bootstrap.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// A document by its content. All its text is plain: each form escapes it and sets it in its own way.
namespace musicmem::launcher {

// The forms in which a block is shown.
using Forms = unsigned;
inline constexpr Forms in_html = 1;
inline constexpr Forms in_markdown = 2;
inline constexpr Forms in_latex = 4;
inline constexpr Forms in_pages = in_html | in_markdown;

struct Span {
  enum class Style {
    plain,
    strong,
    symbol,
    link
  };  // symbol: of a formula; a link leads to the file it names

  Span(const char* plain) : text(plain) {}             // NOLINT(google-explicit-constructor)
  Span(std::string plain) : text(std::move(plain)) {}  // NOLINT(google-explicit-constructor)
  Span(std::string words, Style set) : text(std::move(words)), style(set) {}

  std::string text;
  Style style = Style::plain;
};
using Text = std::vector<Span>;

// A cell, of two parts where it is an interval or a count: "0.1 to 0.2", "3 of 4". "-": there is no value.
struct Cell {
  Cell(const char* content) : text(content) {}             // NOLINT(google-explicit-constructor)
  Cell(std::string content) : text(std::move(content)) {}  // NOLINT(google-explicit-constructor)
  Cell(std::string first, std::string of_two) : text(std::move(first)), second(std::move(of_two)) {}
  Cell(std::size_t part, std::size_t all) : text(std::to_string(part)), second(std::to_string(all)) {}
  Cell(const std::optional<models::Interval>& interval);  // NOLINT(google-explicit-constructor)

  std::string text;
  std::string second = {};
};

// Of so many digits after the point.
Cell interval_cell(const std::optional<models::Interval>& interval, int digits);

struct Column {
  enum class Kind {
    name,
    count,
    number,
    interval,
    sound
  };  // sound: its cells are addresses of files or data

  std::string title;
  Kind kind = Kind::number;
  // As LaTeX sets it. A column without one is left out there; one with an empty one joins that before it.
  std::optional<std::string> latex_title = {};
  std::string group = {};  // what it has in common with its neighbours, above their titles on pages
};

struct Heading {
  std::string text;
};
struct Paragraph {
  Text text;
};
struct Notes {
  std::vector<std::string> paragraphs;
};
struct List {
  std::vector<std::string> items;
};
struct Facts {
  std::vector<std::pair<std::string, std::string>> values;  // with their titles
};
struct Listing {
  std::string title;
  std::string text;  // with its lines
};
// Pages number pictures and tables.
struct Picture {
  std::string name;     // of its files, without ending
  std::string caption;  // for people, without a full stop
  std::string svg = {};
  std::string narrow_svg = {};  // for phones
  std::string png = {};
  std::string pdf = {};  // of the narrow form, which LaTeX takes
};
struct Table {
  std::string title = {};
  std::vector<Column> columns = {};
  std::vector<std::vector<Cell>> rows = {};  // as long as `columns`
  Text caption = {};                         // of LaTeX
  std::string label = {};                    // of LaTeX: what stands behind "tab:<study>-"
  bool is_folded = false;                    // HTML folds it away below its title
  bool is_wide = false;                      // LaTeX sets it across both columns of a page
  std::vector<bool> marked = {};             // rows with a star; none where it is empty
  std::string mark = {};                     // what the star means
};

struct Block {
  std::variant<Heading, Paragraph, Notes, List, Facts, Listing, Picture, Table> content;
  Forms forms = in_pages;
};

struct Section {
  std::string id;
  std::string title;
  std::vector<Block> blocks = {};
  Forms forms = in_pages | in_latex;
};

struct Warning {
  std::string title;
  std::string text;
};

struct Document {
  std::string title;
  std::string subject = {};
  std::string summary = {};  // what it is about, in a few sentences
  std::string facts = {};
  std::string sample = {};  // what captions that stand alone begin with
  std::vector<Warning> warnings = {};
  std::vector<Section> sections = {};
};

// A self-contained page: no script, no network, readable on a phone and on paper, light or dark.
std::string as_html(const Document& document);

// Pictures are linked as figures/<name>.svg.
std::string as_markdown(const Document& document);

// Tables and pictures, to be set by themselves or put into another document; paragraphs become comments. Pictures are
// figures/<name>.pdf.
std::string as_latex(const Document& document);

// A table for a terminal, its columns in line.
std::string as_text(const Table& table);

// A cell as terminals show it: "-0.100 to 0.200".
std::string plain_text(const Cell& cell, Column::Kind kind);
// The same on pages, with the signs of print: "−0.100 to 0.200", and "–" for a value that is missing.
std::string page_text(const Cell& cell, Column::Kind kind);

}  // namespace musicmem::launcher
