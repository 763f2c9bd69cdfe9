// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/error.h"

#include <filesystem>
#include <string>

namespace musicmem {

// The system failed (a disk's hiccup, a full disk, a server that is away), and the same may succeed later.
// What is missing, damaged or of another kind is no IoError: whoever repairs or leaves out what is damaged
// lets this one pass, as the file may be whole.
class IoError : public Error {
 public:
  using Error::Error;
};

// What a user can do about an error number of the system; empty where that is not known.
std::string advice_on(int error);

// Throws what a failed call of the system is: IoError, or Error where the path is wrong or permission missing.
[[noreturn]] void fail_of_system(const std::string& problem, const std::filesystem::path& path, int error);

}  // namespace musicmem
