// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/csv_parser.h"

#include "config/error.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace musicmem::data {
namespace {

// LF, or CR where the first line outside quotes ends with one that no LF follows.
char find_line_end(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted || (text[i] != '\n' && text[i] != '\r')) continue;
    const bool is_lone = text[i] == '\r' && i + 1 < text.size() && text[i + 1] != '\n' && text[i + 1] != '\r';
    return is_lone ? '\r' : '\n';
  }
  return '\n';
}

// How many of the names the header has with this separator, and how many fields.
std::pair<std::size_t, std::size_t> rate_header(std::string_view text, const CsvDialect& dialect,
                                                const std::vector<std::string>& names) {
  try {
    const std::vector<std::string> header = CsvParser(text, dialect, "").record();
    const auto known = std::ranges::count_if(names, [&](const std::string& name) {
      return std::ranges::any_of(header, [&](const auto& field) { return is_same_column(field, name); });
    });
    return {static_cast<std::size_t>(known), header.size()};
  } catch (const Error&) {  // quotes that make no sense with this separator
    return {0, 0};
  }
}

// The separator of a first line "sep=;", which Excel writes and heeds; 0 for any other line.
char stated_separator(std::string_view line) {
  constexpr std::string_view key = "sep=";
  if (!line.starts_with(key) || line.size() == key.size() || trimmed(line.substr(key.size() + 1)) != "")
    return 0;
  return line[key.size()];
}

}  // namespace

CsvParser::CsvParser(std::string_view text, const CsvDialect& dialect, std::string place)
    : text_(text),
      separator_(dialect.separator),
      line_end_(dialect.line_end),
      place_(std::move(place)),
      position_(dialect.first_place),
      line_(dialect.first_line) {}

std::vector<std::string> CsvParser::record() {
  std::vector<std::string> fields;
  do {
    fields.push_back(!at_end() && text_[position_] == '"' ? quoted_field() : plain_field());
  } while (take(separator_));
  while (line_end_ != '\r' && take('\r')) continue;
  if (!at_end() && !take(line_end_)) fail("text after a closing quote");
  ++line_;
  return fields;
}

bool CsvParser::take(char c) {
  if (at_end() || text_[position_] != c) return false;
  ++position_;
  return true;
}

std::string CsvParser::plain_field() {
  const std::size_t start = position_;
  while (!at_end() && text_[position_] != separator_ && text_[position_] != line_end_) ++position_;
  std::string field(text_.substr(start, position_ - start));
  while (!field.empty() && field.back() == '\r') field.pop_back();
  return field;
}

std::string CsvParser::quoted_field() {
  std::string field;
  take('"');
  const std::size_t first_line = line_;
  while (!at_end()) {
    const char c = text_[position_++];
    if (c == line_end_) ++line_;
    if (c != '"') {
      field += c;
    } else if (!take('"')) {
      return field;
    } else {
      field += '"';
    }
  }
  line_ = first_line;
  fail("a quoted field is never closed");
}

void CsvParser::fail(const std::string& problem) const {
  throw Error(problem, place_ + ":" + std::to_string(line_), "write the table as comma-separated values");
}

CsvDialect find_dialect(std::string_view text, const std::vector<std::string>& names) {
  CsvDialect found;
  found.line_end = find_line_end(text);
  const std::size_t end = std::min(text.find(found.line_end), text.size());
  if (const char separator = stated_separator(text.substr(0, end)); separator != 0) {
    found.separator = separator;
    found.first_line = 2;
    found.first_place = end + 1;
    return found;
  }
  std::pair<std::size_t, std::size_t> best = rate_header(text, found, names);
  for (const char separator : {';', '\t'}) {
    CsvDialect other = found;
    other.separator = separator;
    const auto rating = rate_header(text, other, names);
    if (rating <= best) continue;
    best = rating;
    found = other;
  }
  return found;
}

std::string_view trimmed(std::string_view text) {
  const auto is_plain = [](char c) { return c > ' ' && c <= '~'; };
  if (text.empty() || (is_plain(text.front()) && is_plain(text.back()))) return text;
  // Blank, tab, CR; no-break space and narrow no-break space, which stand before % in French.
  constexpr std::array<std::string_view, 5> blanks = {" ", "\t", "\r", "\xC2\xA0", "\xE2\x80\xAF"};
  const auto begins = [&](std::string_view blank) { return text.starts_with(blank); };
  const auto ends = [&](std::string_view blank) { return text.ends_with(blank); };
  for (auto blank = std::ranges::find_if(blanks, begins); blank != blanks.end();
       blank = std::ranges::find_if(blanks, begins)) {
    text.remove_prefix(blank->size());
  }
  for (auto blank = std::ranges::find_if(blanks, ends); blank != blanks.end();
       blank = std::ranges::find_if(blanks, ends)) {
    text.remove_suffix(blank->size());
  }
  return text;
}

bool is_same_column(std::string_view a, std::string_view b) {
  return std::ranges::equal(trimmed(a), trimmed(b), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace musicmem::data
