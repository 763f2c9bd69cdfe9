// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/error.h"

namespace musicmem::launcher {

// How the program ends.
namespace exit_code {

inline constexpr int done = 0;
inline constexpr int error = 1;
inline constexpr int usage = 2;
inline constexpr int failed_tasks = 3;
inline constexpr int interrupted = 75;  // goes on with the same command; batch systems queue it again

}  // namespace exit_code

// How it ends after an error.
constexpr int exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::input:
    case ErrorKind::lost_lease:
      return exit_code::error;
    case ErrorKind::usage:
      return exit_code::usage;
    case ErrorKind::retry:
      return exit_code::interrupted;
  }
  return exit_code::error;
}

}  // namespace musicmem::launcher
