// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/io_error.h"

#include <cerrno>
#include <cstring>

namespace musicmem {

std::string advice_on(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "free some space and run the same command again";
    case EIO:
    case ESTALE:
      return "check the disk or the file server and run the same command again";
    case EACCES:
    case EPERM:
    case EROFS:
      return "choose a place that you may write to";
    case ENOENT:
    case ENOTDIR:
      return "check the path";
    default:
      return "";
  }
}

void fail_of_system(const std::string& problem, const std::filesystem::path& path, int error) {
  const std::string what = problem + ": " + std::strerror(error);
  const bool is_refused = error == EACCES || error == EPERM || error == EROFS;
  if (is_refused || error == ENOENT || error == ENOTDIR) throw Error(what, path.string(), advice_on(error));
  throw IoError(what, path.string(), advice_on(error));
}

}  // namespace musicmem
