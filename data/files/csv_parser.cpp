// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/csv_parser.h"

#include "config/error.h"
#include "config/unicode.h"
#include "data/files/number_forms.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace musicmem::data {
namespace {

constexpr std::array<char, 3> separators = {',', ';', '\t'};

}  // namespace

std::string name_of_separator(char separator) {
  if (separator == ',') return "commas";
  if (separator == ';') return "semicolons";
  return separator == '\t' ? "tabs" : std::string("'") + separator + "'";
}

namespace {

// Behind the lines that hold nothing but blanks and separators.
CsvDialect at_first_line(std::string_view text) {
  CsvDialect dialect;
  while (dialect.first_place < text.size()) {
    const std::string_view rest = text.substr(dialect.first_place);
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    if (end == std::string_view::npos || line.find_first_not_of(" \t\r,;") != std::string_view::npos) break;
    dialect.first_place += end + 1;
    ++dialect.first_line;
    ++dialect.empty_lines;
  }
  return dialect;
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

// How many numbers the rows hold, where each has as many fields as the header with this separator.
// Empty where one has not, or there is no row.
std::optional<std::size_t> count_numbers(std::string_view text, CsvDialect dialect, char separator,
                                         std::size_t fields) {
  dialect.separator = separator;
  std::optional<std::size_t> numbers;
  try {
    CsvParser parser(text, dialect, "");
    parser.record();
    while (!parser.at_end()) {
      const std::vector<std::string> row = parser.record();
      if (row.size() == 1 && trimmed(row[0]).empty()) continue;
      if (row.size() != fields) return std::nullopt;
      numbers =
          numbers.value_or(0) + static_cast<std::size_t>(std::ranges::count_if(row, is_number_in_any_form));
    }
  } catch (const Error&) {  // quotes that make no sense with this separator
    return std::nullopt;
  }
  return numbers;
}

// The header's, unless another one alone gives each row as many fields as the header, and numbers among them.
// What may be "a.wav" and "0,5" as well as "a.wav;0" and "5" is refused.
char find_row_separator(std::string_view text, const CsvDialect& dialect, std::size_t fields,
                        const std::string& place) {
  char found = dialect.header_separator;
  if (fields < 2) return found;
  for (const char separator : separators) {
    if (separator == dialect.header_separator) continue;
    const std::size_t numbers = count_numbers(text, dialect, separator, fields).value_or(0);
    if (numbers == 0) continue;
    const auto as_header = count_numbers(text, dialect, dialect.header_separator, fields);
    if (as_header.value_or(0) == 0) found = separator;
    if (as_header == numbers && dialect.header_separator == ',') {
      throw Error("has a header separated by commas over rows that may be separated by " +
                      name_of_separator(separator),
                  place, "separate all lines alike");
    }
  }
  return found;
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
      separator_(dialect.header_separator),
      row_separator_(dialect.separator),
      place_(std::move(place)),
      position_(dialect.first_place),
      line_(dialect.first_line) {}

std::vector<std::string> CsvParser::record() {
  std::vector<std::string> fields;
  do {
    fields.push_back(!at_end() && text_[position_] == '"' ? quoted_field() : plain_field());
  } while (take(separator_));
  while (take('\r')) continue;
  if (!at_end() && !take('\n')) fail("text after a closing quote");
  ++line_;
  separator_ = row_separator_;
  return fields;
}

bool CsvParser::take(char c) {
  if (at_end() || text_[position_] != c) return false;
  ++position_;
  return true;
}

std::string CsvParser::plain_field() {
  const std::size_t start = position_;
  while (!at_end() && text_[position_] != separator_ && text_[position_] != '\n') ++position_;
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
    if (c == '\n') ++line_;
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

LineEnds unify_line_ends(std::string& text) {
  LineEnds ends;
  if (text.find('\r') == std::string::npos) return {false, text.find('\n') != std::string::npos};
  bool quoted = false;
  char before = '\n';
  for (std::size_t i = 0; i < text.size(); before = text[i++]) {
    const bool opens = std::string_view("\n\r,;\t\"").find(before) != std::string_view::npos;
    if (text[i] == '"') quoted = !quoted && opens;
    if (quoted || (text[i] != '\r' && text[i] != '\n')) continue;
    const std::size_t end = std::min(text.find_first_not_of('\r', i), text.size());
    const bool is_lone = text[i] == '\r' && (end == text.size() || text[end] != '\n');
    (is_lone ? ends.cr : ends.lf) = true;
    if (is_lone) text[i] = '\n';
    if (!is_lone) i = end;  // the line feed
  }
  return ends;
}

CsvDialect find_dialect(std::string_view text, const std::vector<std::string>& names,
                        const std::string& place) {
  CsvDialect found = at_first_line(text);
  const std::string_view rest = text.substr(found.first_place);
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  if (const char separator = stated_separator(rest.substr(0, end)); separator != 0) {
    ++found.first_line;
    found.first_place = std::min(found.first_place + end + 1, text.size());
    found.header_separator = found.separator = separator;
    return found;
  }
  std::pair<std::size_t, std::size_t> best = {0, 0};
  for (const char separator : separators) {
    CsvDialect other = found;
    other.header_separator = separator;
    const auto rating = rate_header(text, other, names);
    if (separator != separators.front() && rating <= best) continue;
    best = rating;
    found.header_separator = separator;
  }
  found.separator = find_row_separator(text, found, best.second, place);
  return found;
}

std::string_view trimmed(std::string_view text) {
  const auto is_plain = [](char c) { return c > ' ' && c <= '~'; };
  if (text.empty() || (is_plain(text.front()) && is_plain(text.back()))) return text;
  // Blank, tab, CR; no-break space and narrow no-break space, which stand before % in French.
  // Zero-width space, word joiner, and the byte order mark, which stands inside files that were joined.
  constexpr std::array<std::string_view, 8> blanks = {
      " ", "\t", "\r", "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x8B", "\xE2\x81\xA0", "\xEF\xBB\xBF"};
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
  return nfc_folded(trimmed(a)) == nfc_folded(trimmed(b));
}

}  // namespace musicmem::data
