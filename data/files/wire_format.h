// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

// The little of protocol buffers' wire format that event files need.
namespace musicmem::data {

template <class Unsigned>
void append_little_endian(std::string& bytes, Unsigned value) {
  static_assert(std::is_unsigned_v<Unsigned>);
  for (std::size_t i = 0; i < sizeof value; ++i) {
    bytes += static_cast<char>(static_cast<unsigned char>(value >> (8U * i)));
  }
}

// One message, built field by field. Field numbers are from 1.
class WireMessage {
 public:
  const std::string& bytes() const { return bytes_; }

  // int32, int64, bool or enum, not negative.
  void integer(int field, std::int64_t value) {
    key(field, WireType::varint);
    varint(static_cast<std::uint64_t>(value));
  }
  void number(int field, double value) {
    key(field, WireType::fixed64);
    append_little_endian(bytes_, std::bit_cast<std::uint64_t>(value));
  }
  void single(int field, float value) {
    key(field, WireType::fixed32);
    append_little_endian(bytes_, std::bit_cast<std::uint32_t>(value));
  }
  // A string, bytes, or a packed list of fixed-size values.
  void text(int field, std::string_view value) {
    key(field, WireType::length_delimited);
    varint(value.size());
    bytes_ += value;
  }
  void message(int field, const WireMessage& value) { text(field, value.bytes()); }

 private:
  enum class WireType : std::uint64_t { varint = 0, fixed64 = 1, length_delimited = 2, fixed32 = 5 };

  void key(int field, WireType type) {
    varint(static_cast<std::uint64_t>(field) << 3U | static_cast<std::uint64_t>(type));
  }
  void varint(std::uint64_t value) {
    constexpr std::uint64_t continuation = 0x80;
    for (; value >= continuation; value >>= 7U) bytes_ += static_cast<char>(value | continuation);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

}  // namespace musicmem::data
