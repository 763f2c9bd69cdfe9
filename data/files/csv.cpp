// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/csv.h"

#include "config/error.h"
#include "config/exact_text.h"
#include "data/files/csv_parser.h"
#include "data/files/durable_file.h"
#include "data/files/folder_entries.h"
#include "data/files/names.h"
#include "data/files/number_forms.h"
#include "data/files/placeholder.h"
#include "data/files/text_encoding.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/ranges.h>

namespace musicmem::data {
namespace {

// The text of a CSV file without its mark; remarks on another encoding than UTF-8.
std::string read_text(const std::filesystem::path& path, std::string text,
                      std::vector<std::string>* remarks) {
  refuse_placeholder(text, path);
  if (text.starts_with("PK\x03\x04")) {
    throw Error("is a spreadsheet's own file (.xlsx or .ods), no CSV", path.string(), "save it as CSV UTF-8");
  }
  if (remarks != nullptr && is_utf16(text)) {
    text = utf8_of_utf16(text, path.string());
    remarks->push_back("UTF-16 text");
  }
  const bool is_unmarked_utf16 = text.size() > 3 && ((text[0] == '\0') != (text[1] == '\0'));
  if (is_unmarked_utf16) throw Error("looks like UTF-16 without its mark", path.string(), "save it as UTF-8");
  if (text.find('\0') != std::string::npos) {
    throw Error("holds binary data, not text", path.string(), "give a CSV file, saved as UTF-8");
  }
  require_utf8(text, path.string());
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  while (text.starts_with(mark)) text.erase(0, mark.size());
  if (text.empty()) throw Error("is empty", path.string(), "give a CSV file with a header row");
  return text;
}

bool is_empty(std::string_view field) {
  return trimmed(field).empty();
}

// As programs end files with.
bool is_blank_line(const std::vector<std::string>& fields) {
  return fields.size() == 1 && fields[0].empty();
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Why a row does not fit the header, where that can be told.
std::string advice_on_fields(const std::vector<std::string>& fields, std::size_t wanted, char separator) {
  if (fields.size() < wanted) return "complete that line";
  const auto is_half_number = [](const std::string& field) { return is_digits(trimmed(field)); };
  if (separator == ',' && std::all_of(fields.end() - 2, fields.end(), is_half_number)) {
    return "write numbers with a decimal point (0.5), or separate the columns by semicolons";
  }
  return "put a field that holds the separator in quotes";
}

}  // namespace

CsvFile::CsvFile(const std::filesystem::path& path) : CsvFile(read_file(as_spelled(path)), path) {}

CsvFile::CsvFile(std::string_view bytes, const std::filesystem::path& path) : path_(path) {
  const std::string text = read_text(path, std::string(bytes), nullptr);
  CsvParser parser(text, {}, path_.string());
  read_header(parser);
  read_rows(parser);
}

CsvFile::CsvFile(const std::filesystem::path& path, const std::vector<std::string>& names) : path_(path) {
  std::string text = read_text(path, read_file(as_spelled(path)), &remarks_);
  const LineEnds ends = unify_line_ends(text);
  const CsvDialect dialect = find_dialect(text, names, path.string());
  separator_ = dialect.separator;
  if (dialect.header_separator != separator_) {
    remarks_.push_back("header separated by " + name_of_separator(dialect.header_separator) + ", rows by " +
                       name_of_separator(separator_));
  } else if (separator_ != ',') {
    remarks_.push_back("columns separated by " + name_of_separator(separator_));
  }
  if (ends.cr) remarks_.emplace_back(ends.lf ? "lines that end with CR or LF" : "lines that end with CR");
  if (dialect.empty_lines > 0) remarks_.emplace_back("empty lines before the header left out");
  CsvParser parser(text, dialect, path_.string());
  read_header(parser);
  if (header_.size() == 1 && names.size() > 1) {
    throw Error("has one column, '" + header_[0].substr(0, 200) + "', where '" + names[0] + "' and '" +
                    names[1] + "' are looked for",
                path.string(), "separate the columns by commas, semicolons or tabs");
  }
  rename_columns(names);
  read_loose_rows(parser);
  if (separator_ != ',' || text.find_first_of("%\"") != std::string::npos) find_styles(names);
}

void CsvFile::read_header(CsvParser& parser) {
  for (const std::string& name : parser.record()) header_.push_back(nfc(trimmed(name)));
}

void CsvFile::read_rows(CsvParser& parser) {
  while (!parser.at_end()) {
    const std::size_t line = parser.line();
    const std::vector<std::string> fields = parser.record();
    if (!is_blank_line(fields)) add_row(fields, line);
  }
}

void CsvFile::read_loose_rows(CsvParser& parser) {
  std::size_t empty = 0;
  std::size_t cut = 0;
  while (!parser.at_end()) {
    const std::size_t line = parser.line();
    std::vector<std::string> fields = parser.record();
    if (is_blank_line(fields)) continue;
    if (std::ranges::all_of(fields, is_empty)) {
      ++empty;
      continue;
    }
    const std::size_t before = fields.size();
    while (fields.size() > header_.size() && is_empty(fields.back())) fields.pop_back();
    if (fields.size() < before) ++cut;
    add_row(fields, line);
  }
  if (empty > 0)
    remarks_.push_back(std::to_string(empty) + (empty == 1 ? " empty row" : " empty rows") + " left out");
  if (cut > 0)
    remarks_.push_back("empty fields beyond the header left out in " + std::to_string(cut) +
                       (cut == 1 ? " row" : " rows"));
}

void CsvFile::add_row(const std::vector<std::string>& fields, std::size_t line) {
  rows_.push_back({text_.size(), line});
  if (fields.size() != header_.size()) {
    throw Error("has " + std::to_string(fields.size()) + " fields where the header has " +
                    std::to_string(header_.size()),
                place(rows_.size() - 1), advice_on_fields(fields, header_.size(), separator_));
  }
  for (const std::string& field : fields) {
    text_ += field;
    const std::size_t end = text_.size() - rows_.back().start;
    if (end > std::numeric_limits<std::uint32_t>::max())
      throw Error("a line is longer than 4 GB", place(rows_.size() - 1), "give a CSV file");
    ends_.push_back(static_cast<std::uint32_t>(end));
  }
}

std::string_view CsvFile::view(std::size_t row, std::size_t column) const {
  const std::size_t index = row * header_.size() + column;
  const std::size_t start = column == 0 ? 0 : ends_[index - 1];
  return std::string_view(text_).substr(rows_[row].start + start, ends_[index] - start);
}

void CsvFile::rename_columns(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (find_column(name)) continue;
    const auto is_meant = [&](const std::string& column) { return is_same_column(column, name); };
    if (std::ranges::count_if(header_, is_meant) != 1) continue;
    std::string& column = *std::ranges::find_if(header_, is_meant);
    remarks_.push_back("column '" + column + "' as '" + name + "'");
    column = name;
  }
}

void CsvFile::find_styles(const std::vector<std::string>& names) {
  std::vector<Style> styles;
  for (std::size_t column = 0; column < header_.size(); ++column) styles.push_back(style_of(column));
  const bool sure_commas = std::ranges::any_of(styles, &Style::sure_commas);
  const bool any_points = std::ranges::any_of(styles, &Style::decimal_points);
  const bool may_be_decimal = sure_commas || (separator_ != ',' && !any_points);
  bool any_commas = false;
  bool any_percent = false;
  for (std::size_t column = 0; column < header_.size(); ++column) {
    Style& style = styles[column];
    style.decimal_commas = style.commas && !style.decimal_points && may_be_decimal;
    any_commas |= style.decimal_commas;
    any_percent |= style.percent && std::ranges::find(names, header_[column]) != names.end();
  }
  if (any_commas) remarks_.emplace_back("numbers with decimal commas");
  if (any_percent) remarks_.emplace_back("percentages as shares of 1");
  if (any_commas || any_percent) styles_ = std::move(styles);
}

CsvFile::Style CsvFile::style_of(std::size_t column) const {
  Style style;
  std::size_t filled = 0;
  std::size_t percents = 0;
  for (std::size_t row = 0; row < rows(); ++row) {
    const std::string_view text = trimmed(view(row, column));
    const std::string_view percent = before_percent(text);
    const std::string_view number = percent.empty() ? text : percent;
    filled += text.empty() ? 0 : 1;
    percents += percent.empty() ? 0 : 1;
    const bool has_comma = !with_point(number).empty();
    style.commas |= has_comma;
    style.sure_commas |= has_comma && !may_be_thousands(number);
    if (!style.decimal_points && number.find('.') != std::string_view::npos)
      style.decimal_points = parse_number(number).has_value();
  }
  style.percent = percents > 0 && percents == filled;
  return style;
}

std::string CsvFile::place(std::size_t row) const {
  return path_.string() + ":" + std::to_string(line(row));
}

std::optional<std::size_t> CsvFile::find_column(std::string_view name) const {
  const std::string composed = nfc(name);
  const auto found = std::ranges::find(header_, composed);
  if (found == header_.end()) return std::nullopt;
  if (std::find(found + 1, header_.end(), composed) != header_.end())
    throw Error(fmt::format("has two columns '{}'", name), path_.string(), "keep one of them");
  return static_cast<std::size_t>(found - header_.begin());
}

std::size_t CsvFile::column(std::string_view name) const {
  if (const auto index = find_column(name)) return *index;
  throw Error("has no column '" + std::string(name) +
                  "' (its header is: " + fmt::format("{}", fmt::join(header_, ",")).substr(0, 200) + ")",
              path_.string(), "name the column in the header row");
}

std::optional<double> CsvFile::parse(std::string_view text, std::size_t column) const {
  auto value = parse_number(text);
  if (!value && !styles_.empty() && styles_[column].decimal_commas) value = parse_number(with_point(text));
  return value && std::isfinite(*value) ? value : std::nullopt;
}

void CsvFile::refuse_number(std::size_t row, std::size_t column) const {
  const std::string text(trimmed(view(row, column)));
  std::string problem = "'" + text + "' in column '" + header_[column] + "' is not a finite number";
  std::string advice = "give a number such as 0.73";
  if (text.empty()) {
    problem = "column '" + header_[column] + "' is empty";
  } else if (!before_percent(text).empty()) {
    advice = "write the column as plain numbers, or every number of it in percent if it holds scores";
  } else if (may_be_thousands(text)) {
    problem = "'" + text + "' in column '" + header_[column] + "' may mean thousands or decimals";
    advice = "write it without separators of thousands and with a decimal point";
  } else if (has_thousands(text)) {
    problem += ": it has separators of thousands";
    advice = "write it without them";
  } else if (!with_point(text).empty()) {
    problem += ": the column has decimal commas and decimal points";
    advice = "write all its numbers alike";
  }
  throw Error(problem, place(row), advice);
}

std::optional<double> CsvFile::number_or_none(std::size_t row, std::size_t column) const {
  return parse(trimmed(view(row, column)), column);
}

double CsvFile::number(std::size_t row, std::size_t column) const {
  const auto value = number_or_none(row, column);
  if (!value) refuse_number(row, column);
  return *value;
}

double CsvFile::share(std::size_t row, std::size_t column) const {
  if (styles_.empty() || !styles_[column].percent) return number(row, column);
  // Hundredths are read as such: 63.8e-2 is the number that is closest to 0.638, 63.8 / 100 need not be.
  const std::string_view percent = before_percent(trimmed(view(row, column)));
  const auto value = parse(std::string(percent) + "e-2", column);
  if (!value) refuse_number(row, column);
  return *value;
}

bool CsvFile::looks_like_percent(std::size_t column) const {
  double most = 0.0;
  for (std::size_t row = 0; row < rows(); ++row) {
    const double value = number_or_none(row, column).value_or(0.0);
    if (value < 0.0 || value > 100.0) return false;
    most = std::max(most, value);
  }
  return most > 10.0;
}

std::string CsvFile::note() const {
  if (remarks_.empty()) return "";
  return fmt::format("{} is read as follows: {}", path_.filename().string(), fmt::join(remarks_, "; "));
}

std::string format_number(double value) {
  return std::isnan(value) ? "" : exact_text(value);
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
