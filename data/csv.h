// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace musicmem::data {

// A CSV file in memory: RFC 4180 with a header row. Byte order mark, CRLF, quoted fields and blank lines at
// the end are accepted. Every row has as many fields as the header, or reading throws Error with file and
// line.
class CsvFile {
 public:
  explicit CsvFile(const std::filesystem::path& path);
  // From the bytes of the file at `path`, which are read already.
  CsvFile(const std::filesystem::path& path, std::string_view text);

  const std::filesystem::path& path() const { return path_; }
  const std::vector<std::string>& header() const { return header_; }
  std::size_t rows() const { return rows_.size(); }
  const std::string& field(std::size_t row, std::size_t column) const { return rows_[row][column]; }

  // Line of a row in the file, from 1.
  std::size_t line(std::size_t row) const { return lines_[row]; }
  // "path:line" for messages.
  std::string place(std::size_t row) const;

  std::optional<std::size_t> find_column(std::string_view name) const;
  // Throws Error that names the missing column and what the header holds.
  std::size_t column(std::string_view name) const;
  // The field as a finite number or an Error with file, line and column.
  double number(std::size_t row, std::size_t column) const;

 private:
  std::filesystem::path path_;
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> lines_;
};

// The shortest text that reads back to exactly the same double. NaN gives an empty field.
std::string format_number(double value);
// Reads what format_number wrote and any ordinary decimal; nullopt if the text is not wholly a number.
std::optional<double> parse_number(std::string_view text);
// Quotes the field where commas, quotes or line ends require it.
std::string csv_field(std::string_view text);

}  // namespace musicmem::data
