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
  Cell(std::string content) : text(std::move(content)) {}  // NOLINT(google-explicit-constructor)
  Cell(std::size_t part, std::size_t all) : text(std::to_string(part)), second(std::to_string(all)) {}
  Cell(const std::optional<models::Interval>& interval);  // NOLINT(google-explicit-constructor)

  std::string text;
  std::string second = {};
};

struct Column {
  enum class Kind { name, count, number, interval };

  std::string title;
  Kind kind = Kind::number;
  // As LaTeX sets it. A column without one is left out there; one with an empty one joins that before it.
  std::optional<std::string> latex_title = {};
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
struct Picture {
  std::string name;     // of its files, without ending
  std::string caption;  // for people
  std::string svg = {};
  std::string png = {};
};
struct Table {
  std::string title = {};  // HTML folds a table with one away
  std::vector<Column> columns = {};
  std::vector<std::vector<Cell>> rows = {};  // as long as `columns`
  Text caption = {};                         // of LaTeX
  std::string label = {};                    // of LaTeX
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
  std::string facts = {};
  std::vector<Warning> warnings = {};
  std::vector<Section> sections = {};
};

// A self-contained page: no script, no network, readable on a phone and on paper.
std::string as_html(const Document& document);

// Pictures are linked as figures/<name>.svg.
std::string as_markdown(const Document& document);

// The tables alone, to be set by themselves or put into another document; paragraphs become comments.
std::string as_latex(const Document& document);

// A table for a terminal, its columns in line.
std::string as_text(const Table& table);

// A cell as pages and terminals show it: "0.100 to 0.200".
std::string plain_text(const Cell& cell, Column::Kind kind);

}  // namespace musicmem::launcher
