// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights/zip_directory.h"

#include <algorithm>
#include <string_view>

// Signatures and offsets are those of PKWARE's APPNOTE.TXT, sections 4.3.12 to 4.3.16 and 4.5.3.
namespace musicmem::weights {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view entry_mark = "PK\x01\x02"sv;
constexpr std::string_view end_mark = "PK\x05\x06"sv;
constexpr std::string_view long_end_mark = "PK\x06\x06"sv;
constexpr std::string_view long_locator_mark = "PK\x06\x07"sv;

constexpr std::size_t entry_bytes = 46;
constexpr std::size_t end_bytes = 22;
constexpr std::size_t long_end_bytes = 56;
constexpr std::size_t long_locator_bytes = 20;
constexpr std::size_t longest_comment = 65535;
constexpr std::uint64_t in_extra_field = 0xFFFFFFFF;  // the number did not fit into four bytes
constexpr std::uint64_t largest_directory = std::uint64_t{256} << 20;

// A little-endian number; the caller has looked that it is there.
std::uint64_t number(std::string_view bytes, std::size_t place, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[place + i]);
  return value;
}

std::uint64_t size_of(std::istream& file) {
  file.clear();
  file.seekg(0, std::ios::end);
  return static_cast<std::uint64_t>(std::max<std::streamoff>(0, file.tellg()));
}

std::string read_at(std::istream& file, std::uint64_t place, std::uint64_t size) {
  std::string bytes(size, '\0');
  file.clear();
  file.seekg(static_cast<std::streamoff>(place));
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  return bytes;
}

// The directory's bytes; empty where there is none.
std::string read_directory(std::istream& file, std::uint64_t file_size) {
  const std::uint64_t tail_size =
      std::min<std::uint64_t>(file_size, end_bytes + longest_comment + long_locator_bytes);
  const std::string tail = read_at(file, file_size - tail_size, tail_size);
  const std::size_t end = tail.rfind(end_mark);
  if (end == std::string::npos || tail.size() - end < end_bytes) return "";
  std::uint64_t size = number(tail, end + 12, 4);
  std::uint64_t place = number(tail, end + 16, 4);
  if (end >= long_locator_bytes &&
      std::string_view(tail).substr(end - long_locator_bytes).starts_with(long_locator_mark)) {
    const std::uint64_t long_end = number(tail, end - long_locator_bytes + 8, 8);
    const std::string bytes = long_end < file_size ? read_at(file, long_end, long_end_bytes) : "";
    if (bytes.size() < long_end_bytes || !bytes.starts_with(long_end_mark)) return "";
    size = number(bytes, 40, 8);
    place = number(bytes, 48, 8);
  }
  if (place > file_size || size > file_size - place || size > largest_directory) return "";
  return read_at(file, place, size);
}

// The size in the extra field of an entry whose four bytes did not suffice: the first number of block 1.
std::uint64_t long_size(std::string_view extra) {
  while (extra.size() >= 4) {
    const std::size_t size = number(extra, 2, 2);
    if (number(extra, 0, 2) == 1 && size >= 8 && extra.size() >= 12) return number(extra, 4, 8);
    extra.remove_prefix(std::min(extra.size(), 4 + size));
  }
  return in_extra_field;
}

}  // namespace

std::map<std::string, ZipRecord> zip_records(std::istream& file) {
  std::map<std::string, ZipRecord> records;
  const std::string directory = read_directory(file, size_of(file));
  std::string_view rest = directory;
  while (rest.size() >= entry_bytes && rest.starts_with(entry_mark)) {
    const std::size_t name_size = number(rest, 28, 2);
    const std::size_t extra_size = number(rest, 30, 2);
    const std::size_t whole = entry_bytes + name_size + extra_size + number(rest, 32, 2);
    if (whole > rest.size()) return {};
    std::uint64_t size = number(rest, 24, 4);
    if (size == in_extra_field) size = long_size(rest.substr(entry_bytes + name_size, extra_size));
    const std::string_view name = rest.substr(entry_bytes, name_size);
    const auto checksum = static_cast<std::uint32_t>(number(rest, 16, 4));
    const auto [known, is_first] =
        records.try_emplace(std::string(name.substr(name.find('/') + 1)), ZipRecord{size, checksum});
    if (!is_first) known->second = {std::max(known->second.size, size), 0};
    rest.remove_prefix(whole);
  }
  return records;
}

}  // namespace musicmem::weights
