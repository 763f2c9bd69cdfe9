// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/plain_name.h"

#include <algorithm>
#include <cctype>

namespace musicmem::config {

bool is_plain_name(const std::string& text) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c >= 0x80;
  };
  return !text.empty() && text.front() != '.' && text.size() <= 200 &&
         std::all_of(text.begin(), text.end(), plain);
}

}  // namespace musicmem::config
