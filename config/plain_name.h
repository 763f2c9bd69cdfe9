// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace musicmem::config {

// Letters, digits, '_', '-', '.' and non-ASCII letters; not hidden: fit to name a directory.
bool is_plain_name(const std::string& text);

}  // namespace musicmem::config
