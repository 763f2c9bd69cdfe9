// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "weights/torch_archive.h"

#include <algorithm>
#include <initializer_list>
#include <limits>

#include <zlib.h>

// The container as PyTorch's own writer makes it, byte for byte: records are stored, checksums and sizes
// stand behind them, and each begins at a multiple of 64 bytes, so that it can be mapped into memory. Fields
// are those of PKWARE's APPNOTE.TXT, sections 4.3.7 to 4.3.16 and 4.5.3.
namespace musicmem::weights {
namespace {

constexpr std::string_view folder = "archive/";  // PyTorch calls it after the file; any name will do
constexpr std::uint64_t alignment = 64;
constexpr std::uint64_t local_header_bytes = 30;
constexpr std::uint64_t field_head_bytes = 4;  // of an extra field: its name and size
constexpr std::uint64_t name_is_utf8 = 0x0800;
constexpr std::uint64_t sizes_follow = 0x0008;

struct Number {
  std::uint64_t value;
  std::size_t bytes;
};

std::string little_endian(std::initializer_list<Number> numbers) {
  std::string text;
  for (const Number& number : numbers) {
    for (std::size_t i = 0; i < number.bytes; ++i) text += static_cast<char>(number.value >> 8 * i & 0xFF);
  }
  return text;
}

constexpr std::uint64_t see_long = std::numeric_limits<std::uint32_t>::max();

bool is_long(std::uint64_t number) {
  return number >= see_long;
}

Number four_bytes(std::uint64_t number) {
  return {std::min(number, see_long), 4};
}

Number two_bytes(std::uint64_t number) {
  return {std::min<std::uint64_t>(number, std::numeric_limits<std::uint16_t>::max()), 2};
}

// The extra field of a record whose size or place does not fit into four bytes; empty for others.
std::string long_field(std::uint64_t size, std::uint64_t stored_size, std::uint64_t place) {
  std::string numbers;
  if (is_long(size)) numbers += little_endian({{size, 8}, {stored_size, 8}});
  if (is_long(place)) numbers += little_endian({{place, 8}});
  return numbers.empty() ? "" : little_endian({{1, 2}, {numbers.size(), 2}}) + numbers;
}

// The extra field behind which, at `place`, the record's bytes begin.
std::string padding_field(std::uint64_t place) {
  const std::uint64_t size = (alignment - (place + field_head_bytes) % alignment) % alignment;
  return "FB" + little_endian({{size, 2}}) + std::string(size, 'Z');
}

// A record as the archive's directory knows it.
struct Entry {
  std::string name;
  std::uint64_t place;
  std::uint64_t size;
  std::uint32_t checksum;
  std::string long_numbers = long_field(size, size, place);
};

Number flags(const Entry& entry) {
  return {entry.size > 0 ? name_is_utf8 | sizes_follow : name_is_utf8, 2};
}

std::string local_header(const Entry& entry) {
  std::string extra = long_field(entry.size, 0, entry.place);
  extra += padding_field(entry.place + local_header_bytes + entry.name.size() + extra.size());
  std::string text = "PK\x03\x04";
  text += little_endian({
      {0, 2},  // version
      flags(entry),
      {0, 6},  // stored; time and date
      {0, 4},  // checksum
      {0, 8},  // sizes
      {entry.name.size(), 2},
      {extra.size(), 2},
  });
  return text + entry.name + extra;
}

// What follows the bytes of a record that has any.
std::string descriptor(const Entry& entry) {
  if (entry.size == 0) return "";
  const std::size_t size_bytes = entry.long_numbers.empty() ? 4 : 8;
  return "PK\x07\x08" +
         little_endian({{entry.checksum, 4}, {entry.size, size_bytes}, {entry.size, size_bytes}});
}

std::string directory_entry(const Entry& entry) {
  std::string text = "PK\x01\x02";
  text += little_endian({
      {0, 4},  // versions
      flags(entry),
      {0, 6},  // stored; time and date
      {entry.checksum, 4},
      four_bytes(entry.size),
      four_bytes(entry.size),
      {entry.name.size(), 2},
      {entry.long_numbers.size(), 2},
      {0, 4},  // comment, disk
      {0, 6},  // attributes
      four_bytes(entry.place),
  });
  return text + entry.name + entry.long_numbers;
}

// What lies behind a directory of `size` bytes at `place`.
std::string archive_end(std::uint64_t records, std::uint64_t place, std::uint64_t size) {
  std::string text = "PK\x06\x06";
  text += little_endian({
      {44, 8},      // bytes that follow
      {0x031E, 2},  // version that wrote it
      {0x002D, 2},  // and that is needed
      {0, 8},       // disks
      {records, 8},
      {records, 8},
      {size, 8},
      {place, 8},
  });
  text += "PK\x06\x07" + little_endian({{0, 4}, {place + size, 8}, {1, 4}});  // disk, place, disks
  text += "PK\x05\x06";
  text += little_endian({
      {0, 4},  // disks
      two_bytes(records),
      two_bytes(records),
      four_bytes(size),
      four_bytes(place),
      {0, 2},  // comment
  });
  return text;
}

}  // namespace

ArchiveWriter::ArchiveWriter(const std::filesystem::path& path)
    : origin_(path.string()), file_(path, std::ios::binary | std::ios::trunc) {
  if (!file_) throw Error("cannot be written", origin_, "check the path and that you may write there");
}

void ArchiveWriter::write(const std::string& record, std::string_view bytes) {
  const auto checksum =
      static_cast<std::uint32_t>(::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
  const Entry entry{std::string(folder) + record, place_, bytes.size(), checksum};
  put(local_header(entry));
  put(bytes);
  put(descriptor(entry));
  directory_ += directory_entry(entry);
  ++records_;
}

void ArchiveWriter::finish() {
  write("version", "3\n");
  const std::string end = archive_end(records_, place_, directory_.size());
  put(directory_);
  put(end);
  file_.close();
  if (!file_) fail();
}

void ArchiveWriter::put(std::string_view bytes) {
  file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file_) fail();
  place_ += bytes.size();
}

void ArchiveWriter::fail() const {
  throw Error("cannot be written", origin_, "free some space and run the same command again");
}

}  // namespace musicmem::weights
