// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/game/record_stream.h"

#include "config/error.h"
#include "config/io_error.h"
#include "data/files/csv_parser.h"
#include "data/files/text_encoding.h"

#include <algorithm>

namespace musicmem::data {
namespace {

constexpr std::size_t chunk = std::size_t{1} << 20;
constexpr std::size_t longest_record = std::size_t{64} << 20;

}  // namespace

RecordStream::RecordStream(const std::filesystem::path& file) : path_(file), file_(file, std::ios::binary) {
  if (!file_ || std::filesystem::is_directory(file))
    throw Error("cannot be read", file.string(), "give the log of the listening game");
  read_more();
  if (is_utf16(buffer_)) throw Error("is UTF-16", file.string(), "save it as UTF-8");
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  if (buffer_.starts_with(mark)) position_ = mark.size();
  std::size_t end = 0;
  if (find_line(position_, end)) {
    const std::string_view first(buffer_.data() + position_, end - position_);
    if (first.find('\t') != std::string_view::npos) separator_ = '\t';
  }
  std::vector<std::string_view> names;
  if (!next_fields(names)) throw Error("is empty", file.string(), "give the log of the listening game");
  for (const std::string_view name : names) header_.emplace_back(trimmed(name));
}

std::string RecordStream::place() const {
  return path_.string() + ":" + std::to_string(line_);
}

bool RecordStream::next(std::vector<std::string_view>& fields) {
  if (!next_fields(fields)) return false;
  if (fields.size() == header_.size()) return true;
  throw Error(
      "has " + std::to_string(fields.size()) + " fields, and the header " + std::to_string(header_.size()),
      place(), "give every row one field a column");
}

void RecordStream::read_more() {
  buffer_.erase(0, position_);
  position_ = 0;
  const std::size_t held = buffer_.size();
  if (held > longest_record)
    throw Error("a line is longer than 64 MiB", path_.string() + ":" + std::to_string(next_line_),
                "close its quotes, or give a table of text");
  buffer_.resize(held + chunk);
  file_.read(buffer_.data() + held, chunk);
  const auto got = static_cast<std::size_t>(file_.gcount());
  buffer_.resize(held + got);
  at_end_ = got < chunk;
  if (file_.bad()) throw IoError("cannot be read", path_.string(), "try again");
}

// The end of the line that begins at `from`; false where nothing is left.
bool RecordStream::find_line(std::size_t from, std::size_t& end) {
  while (true) {
    end = buffer_.find('\n', from);
    if (end != std::string::npos) return true;
    if (at_end_) {
      end = buffer_.size();
      return from < end;
    }
    const std::size_t moved = position_;
    read_more();
    from -= moved;
  }
}

bool RecordStream::next_fields(std::vector<std::string_view>& fields) {
  fields.clear();
  while (true) {
    std::size_t end = 0;
    if (!find_line(position_, end)) return false;
    line_ = next_line_;
    std::size_t quotes =
        static_cast<std::size_t>(std::count(buffer_.begin() + static_cast<std::ptrdiff_t>(position_),
                                            buffer_.begin() + static_cast<std::ptrdiff_t>(end), '"'));
    const bool is_quoted = quotes > 0;
    ++next_line_;
    while (quotes % 2 == 1) {  // the record goes on
      const std::size_t length = end + 1 - position_;
      std::size_t further = 0;
      if (end >= buffer_.size() || !find_line(end + 1, further))
        throw Error("a quoted field is never closed", place(), "write the table as comma-separated values");
      end = position_ + length - 1;
      quotes +=
          static_cast<std::size_t>(std::count(buffer_.begin() + static_cast<std::ptrdiff_t>(end) + 1,
                                              buffer_.begin() + static_cast<std::ptrdiff_t>(further), '"'));
      end = further;
      ++next_line_;
    }
    std::string_view record(buffer_.data() + position_, end - position_);
    position_ = std::min(end + 1, buffer_.size());
    if (record.ends_with('\r')) record.remove_suffix(1);
    if (record.empty()) continue;
    is_quoted ? split_quoted(record, fields) : split_plain(record, fields);
    return true;
  }
}

void RecordStream::split_plain(std::string_view record, std::vector<std::string_view>& fields) const {
  while (true) {
    const std::size_t end = record.find(separator_);
    fields.push_back(record.substr(0, end));
    if (end == std::string_view::npos) return;
    record.remove_prefix(end + 1);
  }
}

void RecordStream::split_quoted(std::string_view record, std::vector<std::string_view>& fields) {
  unquoted_.clear();
  unquoted_.reserve(record.size());  // views into it stay valid
  for (std::size_t i = 0; i <= record.size(); ++i) {
    const std::size_t begin = unquoted_.size();
    if (i < record.size() && record[i] == '"') {
      for (++i; i < record.size(); ++i) {
        if (record[i] == '"' && !(i + 1 < record.size() && record[i + 1] == '"')) break;
        if (record[i] == '"') ++i;
        unquoted_ += record[i];
      }
      ++i;
      if (i < record.size() && record[i] != separator_)
        throw Error("text after a closing quote", place(), "write the table as comma-separated values");
    } else {
      while (i < record.size() && record[i] != separator_) unquoted_ += record[i++];
    }
    fields.emplace_back(unquoted_.data() + begin, unquoted_.size() - begin);
  }
}

}  // namespace musicmem::data
