// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace musicmem {

bool is_ascii(std::string_view text);

// `text` in Unicode's composed form (NFC), in which names are compared; bytes that are no UTF-8 as they are.
std::string nfc(std::string_view text);

// The same with its capitals folded.
std::string nfc_folded(std::string_view text);

}  // namespace musicmem
