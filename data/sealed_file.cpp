// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/sealed_file.h"

#include "config/error.h"
#include "data/durable_file.h"
#include "data/hash.h"

#include <cassert>
#include <fstream>
#include <memory>
#include <vector>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view checksum_word = "\nchecksum ";

// All of the seal but the checksum: equal for files of the same kind and work.
std::string seal_head(std::string_view kind, std::string_view work_hash) {
  return "musicmem " + std::string(kind) + "\nwork " + std::string(work_hash);
}

std::string seal_text(std::string_view kind, std::string_view work_hash,
                      const std::string& content_checksum) {
  std::string text = seal_head(kind, work_hash) + std::string(checksum_word) + content_checksum + "\n";
  assert(text.size() <= seal_size);
  text.resize(seal_size, '\0');
  return text;
}

// Checksum of all after the seal, in blocks; nullopt where the file ends before or cannot be read.
std::optional<std::string> content_checksum(std::ifstream& file) {
  constexpr std::size_t block_size = std::size_t{1} << 20;
  std::vector<char> block(block_size);
  Hasher hasher;
  file.seekg(static_cast<std::streamoff>(seal_size));
  if (!file) return std::nullopt;
  for (;;) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    const auto count = static_cast<std::size_t>(file.gcount());
    if (count > 0) hasher.add(std::string_view(block.data(), count));
    if (file.bad()) return std::nullopt;
    if (!file) return hasher.hex();
  }
}

}  // namespace

void seal_image(std::string& image, std::string_view kind, std::string_view work_hash) {
  assert(image.size() >= seal_size);
  constexpr std::size_t block_size = std::size_t{1} << 20;
  Hasher hasher;
  for (std::size_t start = seal_size; start < image.size(); start += block_size) {
    hasher.add(std::string_view(image).substr(start, block_size));
  }
  image.replace(0, seal_size, seal_text(kind, work_hash, hasher.hex()));
}

void seal_file(const fs::path& path, std::string_view kind, std::string_view work_hash) {
  std::ifstream input(path, std::ios::binary);
  const auto checksum_text = content_checksum(input);
  if (!checksum_text) throw Error("cannot be read back", path.string());
  std::fstream output(path, std::ios::binary | std::ios::in | std::ios::out);
  const std::string text = seal_text(kind, work_hash, *checksum_text);
  output.write(text.data(), static_cast<std::streamsize>(text.size()));
  output.close();
  if (!output)
    throw Error("cannot be written", path.string(), "check the free space and run the same command again");
  sync_file(path);
}

SealState check_seal(const fs::path& path, std::string_view kind, std::string_view work_hash) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fs::exists(path) ? SealState::damaged : SealState::missing;
  std::string seal(seal_size, '\0');
  if (!file.read(seal.data(), static_cast<std::streamsize>(seal.size()))) return SealState::damaged;
  const auto found = content_checksum(file);
  const std::size_t word = seal.find(checksum_word);
  if (!found || word == std::string::npos ||
      seal.substr(word + checksum_word.size(), found->size()) != *found) {
    return SealState::damaged;
  }
  return seal.substr(0, word) == seal_head(kind, work_hash) ? SealState::good : SealState::stale;
}

}  // namespace musicmem::data
