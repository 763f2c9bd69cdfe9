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

bool is_empty(const std::string& field) {
  return trimmed(field).empty();
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
  read_rows(read_text(path, std::string(bytes), nullptr), {});
  require_full_rows();
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
  read_rows(text, dialect);
  if (header_.size() == 1 && names.size() > 1) {
    throw Error("has one column, '" + header_[0].substr(0, 200) + "', where '" + names[0] + "' and '" +
                    names[1] + "' are looked for",
                path.string(), "separate the columns by commas, semicolons or tabs");
  }
  rename_columns(names);
  leave_out_empty_rows();
  cut_empty_ends();
  require_full_rows();
  if (separator_ != ',' || text.find_first_of("%\"") != std::string::npos) find_styles(names);
}

void CsvFile::read_rows(std::string_view text, const CsvDialect& dialect) {
  CsvParser parser(text, dialect, path_.string());
  for (const std::string& name : parser.record()) header_.push_back(nfc(trimmed(name)));
  while (!parser.at_end()) {
    const std::size_t line = parser.line();
    std::vector<std::string> fields = parser.record();
    const bool is_blank_line = fields.size() == 1 && fields[0].empty();
    if (is_blank_line) continue;
    rows_.push_back(std::move(fields));
    lines_.push_back(line);
  }
}

void CsvFile::require_full_rows() const {
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (rows_[row].size() == header_.size()) continue;
    throw Error("has " + std::to_string(rows_[row].size()) + " fields where the header has " +
                    std::to_string(header_.size()),
                place(row), advice_on_fields(rows_[row], header_.size(), separator_));
  }
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

void CsvFile::leave_out_empty_rows() {
  std::size_t kept = 0;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (std::ranges::all_of(rows_[row], is_empty)) continue;
    if (kept != row) {
      rows_[kept] = std::move(rows_[row]);
      lines_[kept] = lines_[row];
    }
    ++kept;
  }
  if (kept == rows_.size()) return;
  const std::size_t count = rows_.size() - kept;
  remarks_.push_back(std::to_string(count) + (count == 1 ? " empty row" : " empty rows") + " left out");
  rows_.resize(kept);
  lines_.resize(kept);
}

void CsvFile::cut_empty_ends() {
  std::size_t cut = 0;
  for (std::vector<std::string>& fields : rows_) {
    const std::size_t before = fields.size();
    while (fields.size() > header_.size() && is_empty(fields.back())) fields.pop_back();
    if (fields.size() < before) ++cut;
  }
  if (cut == 0) return;
  remarks_.push_back("empty fields beyond the header left out in " + std::to_string(cut) +
                     (cut == 1 ? " row" : " rows"));
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
  for (const std::vector<std::string>& fields : rows_) {
    const std::string_view text = trimmed(fields[column]);
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
  return path_.string() + ":" + std::to_string(lines_[row]);
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
  const std::string text(trimmed(field(row, column)));
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
  return parse(trimmed(field(row, column)), column);
}

double CsvFile::number(std::size_t row, std::size_t column) const {
  const auto value = number_or_none(row, column);
  if (!value) refuse_number(row, column);
  return *value;
}

double CsvFile::share(std::size_t row, std::size_t column) const {
  if (styles_.empty() || !styles_[column].percent) return number(row, column);
  // Hundredths are read as such: 63.8e-2 is the number that is closest to 0.638, 63.8 / 100 need not be.
  const std::string_view percent = before_percent(trimmed(field(row, column)));
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
