// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/sealed_file.h"

#include "config/error.h"
#include "data/hash.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <fstream>
#include <optional>
#include <vector>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t seal_size = 256;
constexpr std::size_t block_size = std::size_t{1} << 20;
constexpr std::string_view checksum_word = "\nchecksum ";

// All of the seal but the checksum: equal for files of the same kind and work.
std::string seal_head(std::string_view kind, std::string_view work_hash) {
  return "\nmusicmem " + std::string(kind) + "\nwork " + std::string(work_hash);
}

std::string seal_text(std::string_view kind, std::string_view work_hash, const std::string& checksum_text) {
  const std::string text = seal_head(kind, work_hash) + std::string(checksum_word) + checksum_text + "\n";
  assert(text.size() <= seal_size);
  return std::string(seal_size - text.size(), ' ') + text;
}

// Checksum of the first `size` bytes, in blocks; nullopt where the file ends before or cannot be read.
std::optional<std::string> checksum_of_first(std::ifstream& file, std::uint64_t size) {
  std::vector<char> block(block_size);
  Hasher hasher;
  file.seekg(0);
  for (std::uint64_t left = size; left > 0;) {
    const std::size_t count = std::min<std::uint64_t>(left, block.size());
    if (!file.read(block.data(), static_cast<std::streamsize>(count))) return std::nullopt;
    hasher.add(std::string_view(block.data(), count));
    left -= count;
  }
  return hasher.hex();
}

// The same of bytes in memory.
std::string checksum_of(std::string_view bytes) {
  Hasher hasher;
  for (std::size_t start = 0; start < bytes.size(); start += block_size) {
    hasher.add(bytes.substr(start, block_size));
  }
  return hasher.hex();
}

// `found`: checksum of what lies before the seal.
SealState judge(std::string_view seal, const std::string& found, std::string_view kind,
                std::string_view work_hash) {
  const std::size_t word = seal.find(checksum_word);
  if (word == std::string::npos || seal.substr(word) != std::string(checksum_word) + found + "\n") {
    return SealState::damaged;
  }
  return seal.substr(0, word).ends_with(seal_head(kind, work_hash)) ? SealState::good : SealState::stale;
}

}  // namespace

void seal_image(std::string& image, std::string_view kind, std::string_view work_hash) {
  image += seal_text(kind, work_hash, checksum_of(image));
}

SealState check_image_seal(std::string_view image, std::string_view kind, std::string_view work_hash) {
  if (image.size() < seal_size) return SealState::damaged;
  const std::size_t size = image.size() - seal_size;
  return judge(image.substr(size), checksum_of(image.substr(0, size)), kind, work_hash);
}

void seal_file(const fs::path& path, std::string_view kind, std::string_view work_hash) {
  std::ifstream input(path, std::ios::binary);
  const auto checksum_text = checksum_of_first(input, fs::file_size(path));
  if (!checksum_text) throw Error("cannot be read back", path.string());
  std::ofstream output(path, std::ios::binary | std::ios::app);
  output << seal_text(kind, work_hash, *checksum_text);
  output.close();
  if (!output)
    throw Error("cannot be written", path.string(), "check the free space and run the same command again");
}

SealState check_seal(const fs::path& path, std::string_view kind, std::string_view work_hash) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fs::exists(path) ? SealState::damaged : SealState::missing;
  std::error_code error;
  const std::uint64_t size = fs::file_size(path, error);
  if (error || size < seal_size) return SealState::damaged;
  std::string seal(seal_size, '\0');
  file.seekg(static_cast<std::streamoff>(size - seal_size));
  if (!file.read(seal.data(), static_cast<std::streamsize>(seal.size()))) return SealState::damaged;
  const auto found = checksum_of_first(file, size - seal_size);
  return found ? judge(seal, *found, kind, work_hash) : SealState::damaged;
}

}  // namespace musicmem::data
