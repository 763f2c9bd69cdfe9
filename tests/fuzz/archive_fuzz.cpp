// SPDX-License-Identifier: GPL-3.0-or-later
// The zip archive of a checkpoint, from bytes that may be anything: ArchiveReader either gives records of the
// size that was allowed or throws Error.
#include "config/error.h"
#include "config/io_error.h"
#include "weights/torch_archive.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

namespace {

constexpr std::uint64_t largest = std::uint64_t{1} << 20;

// A file in memory, which lasts as long as the process.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("archive", MFD_CLOEXEC)) {
    if (descriptor_ < 0) std::abort();
  }
  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }
  void put(const std::uint8_t* data, std::size_t size) const {
    if (::ftruncate(descriptor_, 0) != 0) std::abort();
    if (::pwrite(descriptor_, data, size, 0) != static_cast<ssize_t>(size)) std::abort();
  }

 private:
  int descriptor_;
};

void read_all(const std::filesystem::path& path) {
  const musicmem::weights::ArchiveReader archive(path);
  for (const char* record : {"data.pkl", "data/0", "data/1", "version", "byteorder"}) {
    if (!archive.has(record)) continue;
    try {
      if (archive.read(record, largest).size() > largest) std::abort();
    } catch (const musicmem::IoError&) {
      std::abort();                     // memory does not fail
    } catch (const musicmem::Error&) {  // expected of records that are damaged
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFile file;
  file.put(data, size);
  try {
    read_all(file.path());
  } catch (const musicmem::IoError&) {
    std::abort();
  } catch (const musicmem::Error&) {  // expected of bytes that are no checkpoint
  }
  return 0;
}
