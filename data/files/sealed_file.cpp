// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/sealed_file.h"

#include "config/error.h"
#include "config/io_error.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t seal_size = 256;
constexpr std::size_t block_size = std::size_t{1} << 20;
constexpr std::string_view checksum_word = "\nchecksum ";

struct SealedFile {
  int descriptor;
  const fs::path& path;
};

class OpenFile {
 public:
  explicit OpenFile(const fs::path& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), error_(descriptor_ < 0 ? errno : 0) {}
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int descriptor() const { return descriptor_; }
  int error() const { return error_; }  // why it cannot be opened; 0 where it is

 private:
  int descriptor_;
  int error_;
};

// All of the seal but the checksum: equal for files of the same kind and work.
std::string seal_head(std::string_view kind, std::string_view work_hash) {
  return "\nmusicmem " + std::string(kind) + "\nwork " + std::string(work_hash);
}

std::string seal_text(std::string_view kind, std::string_view work_hash, const std::string& checksum_text) {
  const std::string text = seal_head(kind, work_hash) + std::string(checksum_word) + checksum_text + "\n";
  assert(text.size() <= seal_size);
  return std::string(seal_size - text.size(), ' ') + text;
}

// Reads `size` bytes from `start` on; false where the file ends before. Throws where the system fails.
bool read_at(const SealedFile& file, std::uint64_t start, char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::pread(file.descriptor, bytes, size, static_cast<off_t>(start));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_of_system("cannot be read", file.path, errno);
    if (count == 0) return false;
    bytes += count;
    start += static_cast<std::uint64_t>(count);
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

// Checksum of the first `size` bytes, in blocks; nullopt where there are fewer.
std::optional<std::string> checksum_of_first(const SealedFile& file, std::uint64_t size) {
  std::vector<char> block(block_size);
  Hasher hasher;
  for (std::uint64_t start = 0; start < size; start += block_size) {
    const std::size_t count = std::min<std::uint64_t>(size - start, block_size);
    if (!read_at(file, start, block.data(), count)) return std::nullopt;
    hasher.add(std::string_view(block.data(), count));
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
  const OpenFile file(path);
  if (file.error() != 0) fail_of_system("cannot be read back", path, file.error());
  const auto checksum_text = checksum_of_first({file.descriptor(), path}, fs::file_size(path));
  if (!checksum_text) throw Error("cannot be read back", path.string(), "run the same command again");
  append_to_file(path, seal_text(kind, work_hash, *checksum_text));
}

SealState check_seal(int descriptor, const fs::path& path, std::string_view kind,
                     std::string_view work_hash) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) fail_of_system("cannot be read", path, errno);
  if (!S_ISREG(status.st_mode)) return SealState::damaged;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size < seal_size) return SealState::damaged;
  const SealedFile file{descriptor, path};
  std::string seal(seal_size, '\0');
  if (!read_at(file, size - seal_size, seal.data(), seal.size())) return SealState::damaged;
  const auto found = checksum_of_first(file, size - seal_size);
  return found ? judge(seal, *found, kind, work_hash) : SealState::damaged;
}

SealState check_seal(const fs::path& path, std::string_view kind, std::string_view work_hash) {
  const OpenFile file(path);
  if (file.error() == 0) return check_seal(file.descriptor(), path, kind, work_hash);
  if (file.error() == ENOENT || file.error() == ENOTDIR) return SealState::missing;
  fail_of_system("cannot be opened", path, file.error());
}

}  // namespace musicmem::data
