// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

namespace musicmem::distributed {

// Values written one after another as bytes, for messages between ranks of one
// program on machines of one kind.
class WireWriter {
 public:
  template <typename T>
  void add(const T& value) {
    static_assert(std::is_arithmetic_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void add(const std::string& text) {
    add(std::uint64_t{text.size()});
    bytes_ += text;
  }

  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads back, in the same order and with the same types, what a WireWriter wrote.
// Throws std::out_of_range on a message that is too short.
class WireReader {
 public:
  explicit WireReader(std::string bytes) : bytes_(std::move(bytes)) {}

  template <typename T>
  T read() {
    static_assert(std::is_arithmetic_v<T>);
    T value;
    std::memcpy(&value, advance(sizeof value), sizeof value);
    return value;
  }
  std::string read_text() {
    const auto length = read<std::uint64_t>();
    return {advance(length), length};
  }

 private:
  // Where the next `count` bytes are.
  const char* advance(std::size_t count);

  std::string bytes_;
  std::size_t position_ = 0;
};

}  // namespace musicmem::distributed
