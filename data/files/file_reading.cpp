// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/file_reading.h"

#include "config/io_error.h"

#include <cerrno>

namespace musicmem::data {

namespace fs = std::filesystem;

void require_no_failure(const std::istream& file, const fs::path& path) {
  if (file.bad()) fail_of_system("cannot be read", path, errno != 0 ? errno : EIO);
}

std::ifstream open_to_read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail_of_system("cannot be opened", path, errno);
  return file;
}

std::string file_start(const fs::path& path, std::size_t count) {
  std::ifstream file = open_to_read(path);
  std::string bytes(count, '\0');
  errno = 0;
  file.read(bytes.data(), static_cast<std::streamsize>(count));
  require_no_failure(file, path);
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

bool is_hdf5(const fs::path& path) {
  std::error_code unknown;
  return fs::is_regular_file(path, unknown) && file_start(path, 4) == "\x89HDF";
}

}  // namespace musicmem::data
