// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace musicmem::data {

// Throws Error, with the line, where `text` is not UTF-8; `place` names the file.
void require_utf8(std::string_view text, const std::string& place);

// Whether the bytes begin with the mark of UTF-16, of either byte order.
bool is_utf16(std::string_view bytes);

// The bytes of such a file, its mark included, as UTF-8 without one. Throws Error where they are cut off or
// damaged.
std::string utf8_of_utf16(std::string_view bytes, const std::string& place);

}  // namespace musicmem::data
