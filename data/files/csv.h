// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace musicmem::data {

struct CsvDialect;
class CsvParser;

// A CSV file in memory: RFC 4180 with a header row. Byte order mark, CRLF, quoted fields and blank lines at
// the end are accepted. Every row has as many fields as the header, or reading throws Error with file and
// line.
class CsvFile {
 public:
  explicit CsvFile(const std::filesystem::path& path);
  // From the bytes of the file at `path`, which are read already.
  CsvFile(std::string_view bytes, const std::filesystem::path& path);

  // The same of a file that people made; `names` are the columns that it is looked for. Where that is
  // certain, it may also be in the forms that spreadsheets and editors write: separated by semicolons or
  // tabs, also the rows otherwise than the header; with decimal commas; UTF-16 with its mark; lines that end
  // with CR; empty lines before the header, empty rows, and empty fields beyond the header; names of columns
  // in other capitals. note() says which of these it was.
  CsvFile(const std::filesystem::path& path, const std::vector<std::string>& names);

  const std::filesystem::path& path() const { return path_; }
  const std::vector<std::string>& header() const { return header_; }
  std::size_t rows() const { return rows_.size(); }
  std::string field(std::size_t row, std::size_t column) const { return std::string(view(row, column)); }

  // Line of a row in the file, from 1.
  std::size_t line(std::size_t row) const { return rows_[row].line; }
  // "path:line" for messages.
  std::string place(std::size_t row) const;

  // By its name as nfc() has it. Throws Error where two columns have it.
  std::optional<std::size_t> find_column(std::string_view name) const;
  // Throws Error that names the missing column and what the header holds.
  std::size_t column(std::string_view name) const;
  // The field as a finite number or an Error with file, line and column.
  double number(std::size_t row, std::size_t column) const;
  // Empty where number() throws.
  std::optional<double> number_or_none(std::size_t row, std::size_t column) const;
  // As number(); a share may also be given in percent ("71 %" is 0.71) where its whole column is.
  double share(std::size_t row, std::size_t column) const;
  // Whether the column's numbers look like shares in percent without the sign: up to 100, one above 10.
  bool looks_like_percent(std::size_t column) const;

  // What was read otherwise than it is written, as one line that names the file; empty for plain CSV.
  std::string note() const;

 private:
  // How the numbers of a column are written.
  struct Style {
    bool commas = false;          // one each, in some
    bool sure_commas = false;     // of which some can only be decimal
    bool decimal_points = false;  // in some
    bool decimal_commas = false;  // so they are read
    bool percent = false;         // all of them
  };

  void read_header(CsvParser& parser);
  // Of a file that a program wrote: blank lines are left out.
  void read_rows(CsvParser& parser);
  // Of a file that a person made: empty rows and empty fields beyond the header are left out.
  void read_loose_rows(CsvParser& parser);
  std::string_view view(std::size_t row, std::size_t column) const;
  // Throws Error where the row has not as many fields as the header.
  void add_row(const std::vector<std::string>& fields, std::size_t line);
  void rename_columns(const std::vector<std::string>& names);
  void find_styles(const std::vector<std::string>& names);
  Style style_of(std::size_t column) const;
  std::optional<double> parse(std::string_view text, std::size_t column) const;
  [[noreturn]] void refuse_number(std::size_t row, std::size_t column) const;

  std::filesystem::path path_;
  char separator_ = ',';
  std::vector<std::string> header_;
  // Fields lie one after the other in one text: each in a string of its own takes eight times the numbers' memory.
  struct Row {
    std::size_t start;  // in the text
    std::size_t line;
  };
  std::vector<Row> rows_;
  std::string text_;
  std::vector<std::uint32_t> ends_;  // of each field in its row, row by row
  std::vector<Style> styles_;        // of each column; empty where all are plain
  std::vector<std::string> remarks_;
};

// The shortest text that reads back to exactly the same double. NaN gives an empty field.
std::string format_number(double value);
// Reads what format_number wrote and any ordinary decimal; nullopt if the text is not wholly a number.
std::optional<double> parse_number(std::string_view text);
// Quotes the field where commas, quotes or line ends require it.
std::string csv_field(std::string_view text);

}  // namespace musicmem::data
