// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/csv.h"

#include "config/error.h"
#include "data/durable_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace musicmem::data {
namespace {

// Splits text into records of fields; `line` counts from 1 and is the line a record starts on.
class Parser {
 public:
  Parser(std::string_view text, std::string place) : text_(text), place_(std::move(place)) {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
  }

  bool at_end() const { return position_ >= text_.size(); }
  std::size_t line() const { return line_; }

  std::vector<std::string> record() {
    std::vector<std::string> fields;
    do {
      fields.push_back(at_quote() ? quoted_field() : plain_field());
    } while (take(','));
    take('\r');
    if (!at_end() && !take('\n')) fail("text after a closing quote");
    ++line_;
    return fields;
  }

 private:
  bool at_quote() const { return !at_end() && text_[position_] == '"'; }

  bool take(char c) {
    if (at_end() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  std::string plain_field() {
    const std::size_t start = position_;
    while (!at_end() && text_[position_] != ',' && text_[position_] != '\n') ++position_;
    std::string field(text_.substr(start, position_ - start));
    if (!field.empty() && field.back() == '\r') field.pop_back();
    return field;
  }

  std::string quoted_field() {
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

  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(problem, place_ + ":" + std::to_string(line_), "write the table as comma-separated values");
  }

  std::string_view text_;
  std::string place_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
};

// Length of the UTF-8 sequence that begins with this byte, 0 for a byte that begins none.
std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

void require_utf8(std::string_view text, const std::string& place) {
  const auto is_continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(static_cast<unsigned char>(text[i]));
    const std::string_view rest = text.substr(i + 1, length == 0 ? 0 : length - 1);
    if (length == 0 || rest.size() + 1 != length || !std::all_of(rest.begin(), rest.end(), is_continuation)) {
      const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(i), '\n');
      throw Error("is not UTF-8 text", place + ":" + std::to_string(line), "save the file as UTF-8");
    }
    i += length;
  }
}

bool is_blank(const std::vector<std::string>& fields) {
  return fields.size() == 1 && fields[0].empty();
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

}  // namespace

CsvFile::CsvFile(const std::filesystem::path& path) : CsvFile(path, read_file(path)) {}

CsvFile::CsvFile(const std::filesystem::path& path, std::string_view text) : path_(path) {
  if (text.find('\0') != std::string_view::npos) {
    throw Error("holds binary data, not text", path.string(), "give a CSV file");
  }
  require_utf8(text, path.string());
  Parser parser(text, path.string());
  if (parser.at_end()) throw Error("is empty", path.string(), "give a CSV file with a header row");
  header_ = parser.record();
  for (std::string& name : header_) name = trimmed(name);
  while (!parser.at_end()) {
    const std::size_t line = parser.line();
    std::vector<std::string> fields = parser.record();
    if (is_blank(fields)) continue;
    if (fields.size() != header_.size()) {
      throw Error("has " + std::to_string(fields.size()) + " fields where the header has " +
                      std::to_string(header_.size()),
                  path.string() + ":" + std::to_string(line), "mend that line");
    }
    rows_.push_back(std::move(fields));
    lines_.push_back(line);
  }
}

std::string CsvFile::place(std::size_t row) const {
  return path_.string() + ":" + std::to_string(lines_[row]);
}

std::optional<std::size_t> CsvFile::find_column(std::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

std::size_t CsvFile::column(std::string_view name) const {
  if (const auto index = find_column(name)) return *index;
  throw Error(
      "has no column '" + std::string(name) + "' (its header is: " + joined(header_).substr(0, 200) + ")",
      path_.string(), "name the column in the header row");
}

double CsvFile::number(std::size_t row, std::size_t column) const {
  const std::string text = trimmed(field(row, column));
  const auto value = parse_number(text);
  if (!value || !std::isfinite(*value)) {
    throw Error("'" + text + "' in column '" + header_[column] + "' is not a finite number", place(row),
                "give a number such as 0.73");
  }
  return *value;
}

std::string format_number(double value) {
  if (std::isnan(value)) return "";
  char buffer[64];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, result.ptr};
}

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0.0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace musicmem::data
