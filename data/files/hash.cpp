// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/hash.h"

#include <array>
#include <cstring>
#include <istream>
#include <vector>

#include <xxhash.h>

namespace musicmem::data {
namespace {

std::string to_hex(XXH128_hash_t hash) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : canonical.digest) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

}  // namespace

struct Hasher::State {
  State() : xxh(XXH3_createState()) { XXH3_128bits_reset(xxh); }
  ~State() { XXH3_freeState(xxh); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  XXH3_state_t* xxh;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher& Hasher::add(std::string_view text) {
  const std::uint64_t size = text.size();
  XXH3_128bits_update(state_->xxh, &size, sizeof size);
  XXH3_128bits_update(state_->xxh, text.data(), text.size());
  return *this;
}

Hasher& Hasher::add(std::span<const double> values) {
  return add(std::string_view(reinterpret_cast<const char*>(values.data()), values.size_bytes()));
}

Hasher& Hasher::add_number(double value) {
  return add(std::span<const double>(&value, 1));
}

std::string Hasher::hex() const {
  return to_hex(XXH3_128bits_digest(state_->xxh));
}

std::string checksum(std::string_view bytes) {
  return to_hex(XXH3_128bits(bytes.data(), bytes.size()));
}

std::string checksum(std::istream& bytes) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), XXH3_freeState);
  XXH3_128bits_reset(state.get());
  std::vector<char> buffer(std::size_t{1} << 20);
  while (bytes) {
    bytes.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    XXH3_128bits_update(state.get(), buffer.data(), static_cast<std::size_t>(bytes.gcount()));
  }
  return to_hex(XXH3_128bits_digest(state.get()));
}

std::uint64_t seed_from(std::initializer_list<std::string_view> parts) {
  Hasher hasher;
  for (const std::string_view part : parts) hasher.add(part);
  return std::stoull(hasher.hex().substr(0, 16), nullptr, 16);
}

}  // namespace musicmem::data
