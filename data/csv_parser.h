// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace musicmem::data {

// Which characters end a field and a line.
struct CsvDialect {
  char separator = ',';
  char line_end = '\n';         // a CR before it belongs to it
  std::size_t first_line = 1;   // of the header
  std::size_t first_place = 0;  // of the header, in bytes
};

// Splits text into records of fields; `place` names the file in errors.
class CsvParser {
 public:
  CsvParser(std::string_view text, const CsvDialect& dialect, std::string place);

  bool at_end() const { return position_ >= text_.size(); }
  // That the next record starts on, from 1.
  std::size_t line() const { return line_; }
  std::vector<std::string> record();

 private:
  bool take(char c);
  std::string plain_field();
  std::string quoted_field();
  [[noreturn]] void fail(const std::string& problem) const;

  std::string_view text_;
  char separator_;
  char line_end_;
  std::string place_;
  std::size_t position_;
  std::size_t line_;
};

// How text that people's programs wrote is to be split: by commas, semicolons or tabs, whichever gives a
// header with more of the `names`, or else with more fields (or as a first line such as "sep=;" says), into
// lines that end with LF, CR LF or CR.
CsvDialect find_dialect(std::string_view text, const std::vector<std::string>& names);

// Without blanks around it, also those that do not break.
std::string_view trimmed(std::string_view text);

// Whether two names of columns are equal but for blanks around them and the capitals of ASCII.
bool is_same_column(std::string_view a, std::string_view b);

}  // namespace musicmem::data
