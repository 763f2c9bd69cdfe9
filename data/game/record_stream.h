// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace musicmem::data {

// The records of a table of UTF-8, one at a time, however long the file is. Fields are separated by commas, or by tabs
// where the first line has a tab; they may be quoted as RFC 4180 has it. Empty lines are passed over.
class RecordStream {
 public:
  // Throws Error where the file cannot be read, is UTF-16, or is empty.
  explicit RecordStream(const std::filesystem::path& file);

  const std::vector<std::string>& header() const { return header_; }

  // The next record, valid until the call after; false at the end. Throws Error with the line where it has not as many
  // fields as the header, or a quote that is never closed.
  bool next(std::vector<std::string_view>& fields);

  std::size_t line() const { return line_; }  // that the record began on, from 1
  std::string place() const;                  // "path:line"

 private:
  bool next_fields(std::vector<std::string_view>& fields);
  bool find_line(std::size_t from, std::size_t& end);
  void read_more();
  void split_plain(std::string_view record, std::vector<std::string_view>& fields) const;
  void split_quoted(std::string_view record, std::vector<std::string_view>& fields);

  std::filesystem::path path_;
  std::ifstream file_;
  bool at_end_ = false;
  std::string buffer_;
  std::size_t position_ = 0;  // of the next record in the buffer
  std::size_t line_ = 0;
  std::size_t next_line_ = 1;
  char separator_ = ',';
  std::vector<std::string> header_;
  std::string unquoted_;  // fields that were quoted, one behind another
};

}  // namespace musicmem::data
