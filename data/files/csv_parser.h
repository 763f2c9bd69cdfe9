// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace musicmem::data {

// How the lines of a table are split.
struct CsvDialect {
  char header_separator = ',';
  char separator = ',';         // of the rows
  std::size_t first_line = 1;   // of the header
  std::size_t first_place = 0;  // of the header, in bytes
  std::size_t empty_lines = 0;  // before it
};

// Splits text into records of fields, the first of which is the header; lines end with LF, and CRs before it
// belong to it. `place` names the file in errors.
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
  char separator_;  // of the next record
  char row_separator_;
  std::string place_;
  std::size_t position_;
  std::size_t line_;
};

// Which characters end the lines of a text outside its quoted fields.
struct LineEnds {
  bool cr = false;  // alone, as on old Macs
  bool lf = false;  // also after a CR
};

// Makes the lone CRs outside quoted fields line feeds.
LineEnds unify_line_ends(std::string& text);

// How text that people's programs wrote is to be split, from its first line that is not empty: the header by
// commas, semicolons or tabs, whichever gives more of the `names`, or else more fields (or as a first line
// such as "sep=;" says); the rows by the same, unless another one alone gives each as many fields as the
// header, and numbers among them. Throws Error where that cannot be told; `place` names the file.
CsvDialect find_dialect(std::string_view text, const std::vector<std::string>& names,
                        const std::string& place);

// "commas", "semicolons", "tabs" or "'|'".
std::string name_of_separator(char separator);

// Without blanks around it, also those that do not break or cannot be seen.
std::string_view trimmed(std::string_view text);

// Whether two names of columns are equal but for blanks around them and the capitals of ASCII.
bool is_same_column(std::string_view a, std::string_view b);

}  // namespace musicmem::data
