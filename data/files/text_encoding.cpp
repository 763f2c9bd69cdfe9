// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/text_encoding.h"

#include "config/error.h"

#include <algorithm>
#include <cstdio>

#include <utf8proc.h>

namespace musicmem::data {
namespace {

[[noreturn]] void refuse_byte(std::string_view text, std::size_t position, const std::string& place) {
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(position), '\n');
  char byte[8];
  std::snprintf(byte, sizeof byte, "%02X", static_cast<unsigned char>(text[position]));
  throw Error("is not UTF-8 text: the byte " + std::string(byte) +
                  " stands there, a letter of Latin-1 or Windows-1252 perhaps",
              place + ":" + std::to_string(line), "save the file as UTF-8 (in Excel: CSV UTF-8)");
}

void append_utf8(std::string& text, char32_t character) {
  utf8proc_uint8_t bytes[4];
  const utf8proc_ssize_t size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), bytes);
  text.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

}  // namespace

void require_utf8(std::string_view text, const std::string& place) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (std::size_t i = 0; i < text.size();) {
    utf8proc_int32_t character = 0;
    const utf8proc_ssize_t size =
        utf8proc_iterate(bytes + i, static_cast<utf8proc_ssize_t>(text.size() - i), &character);
    if (size <= 0) refuse_byte(text, i, place);
    i += static_cast<std::size_t>(size);
  }
}

bool is_utf16(std::string_view bytes) {
  return bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
}

std::string utf8_of_utf16(std::string_view bytes, const std::string& place) {
  const bool big_endian = bytes[0] == '\xFE';
  const auto refuse = [&] {
    throw Error("is UTF-16 text that is cut off or damaged", place, "save the file as UTF-8");
  };
  if (bytes.size() % 2 != 0) refuse();
  const auto unit = [&](std::size_t i) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const auto second = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<char32_t>(big_endian ? first << 8 | second : second << 8 | first);
  };
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 2; i < bytes.size(); i += 2) {
    char32_t character = unit(i);
    const bool is_half = character >= 0xD800 && character < 0xE000;
    if (is_half) {
      const char32_t second = i + 2 < bytes.size() ? unit(i + 2) : 0;
      if (character >= 0xDC00 || second < 0xDC00 || second >= 0xE000) refuse();
      character = 0x10000 + ((character - 0xD800) << 10) + (second - 0xDC00);
      i += 2;
    }
    append_utf8(text, character);
  }
  return text;
}

}  // namespace musicmem::data
