// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/error.h"

namespace musicmem {

// The system failed (a disk's hiccup, a full disk, a server that is away), and the same may succeed later.
// What is missing, damaged or of another kind is no IoError: whoever repairs or leaves out what is damaged
// lets this one pass, as the file may be whole.
class IoError : public Error {
 public:
  using Error::Error;
};

}  // namespace musicmem
