// SPDX-License-Identifier: GPL-3.0-or-later
// The zip archive of a checkpoint, from bytes that may be anything: ArchiveReader either gives records of the
// size that was allowed or throws Error.
#include "config/error.h"
#include "config/io_error.h"
#include "tests/fuzz/input_file.h"
#include "weights/torch_archive.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

namespace {

constexpr std::uint64_t largest = std::uint64_t{1} << 20;

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
  static const musicmem::testing_support::InputFile file;
  file.put(data, size);
  try {
    read_all(file.path());
  } catch (const musicmem::IoError&) {
    std::abort();
  } catch (const musicmem::Error&) {  // expected of bytes that are no checkpoint
  }
  return 0;
}
