// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace musicmem::data {

// XXH3-128 of a sequence of named values, as 32 hexadecimal digits. It identifies inputs and
// detects damage; it is no defence against a forger. Every value is hashed with its length, so
// ("ab","c") and ("a","bc") differ.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  Hasher& add(std::string_view text);
  Hasher& add(std::span<const double> values);
  Hasher& add_number(double value);
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The checksum of a byte string, 32 hexadecimal digits.
std::string checksum(std::string_view bytes);
// The same of what a stream holds from here on; a read that fails ends it, as the stream then says.
std::string checksum(std::istream& bytes);

// A 64-bit seed that depends on every part, for generators that must not depend on rank or clock.
std::uint64_t seed_from(std::initializer_list<std::string_view> parts);

}  // namespace musicmem::data
