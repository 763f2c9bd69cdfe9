// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/names.h"

#include "config/unicode.h"
#include "data/files/hash.h"

#include <algorithm>
#include <array>
#include <cassert>

#include <utf8proc.h>

namespace musicmem::data {
namespace {

char small_letter(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string in_small_letters(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(), small_letter);
  return small;
}

// Where the extension begins, its dot included; the end of a name without one.
std::size_t extension_begin(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? name.size() : dot;
}

std::string_view without_blanks(std::string_view text) {
  constexpr const char* blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

bool is_ascii(std::string_view text) {
  return musicmem::is_ascii(text);
}

std::string nfc(std::string_view name) {
  return musicmem::nfc(name);
}

std::string folded(std::string_view name) {
  return is_ascii(name) ? in_small_letters(name) : nfc_folded(name);
}

std::string as_seen(std::string_view name) {
  std::string seen;
  const std::string composed = nfc(name);
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(composed.data());
  for (std::size_t i = 0; i < composed.size();) {
    utf8proc_int32_t character = 0;
    const auto left = static_cast<utf8proc_ssize_t>(composed.size() - i);
    const utf8proc_ssize_t size = utf8proc_iterate(bytes + i, left, &character);
    if (size <= 0) return composed;
    const utf8proc_property_t& property = *utf8proc_get_property(character);
    if (property.category == UTF8PROC_CATEGORY_ZS) {
      seen += ' ';
    } else if (!property.ignorable) {
      seen.append(composed, i, static_cast<std::size_t>(size));
    }
    i += static_cast<std::size_t>(size);
  }
  return std::string(without_blanks(seen));
}

std::string file_name(std::string_view name, std::string_view suffix) {
  std::string whole = std::string(name) + std::string(suffix);
  if (whole.size() <= longest_file_name) return whole;
  const std::string mark = std::string(1, '~').append(checksum(name), 0, 16);
  assert(mark.size() + suffix.size() < longest_file_name);
  std::size_t kept = longest_file_name - mark.size() - suffix.size();
  while (kept > 0 && (static_cast<unsigned char>(name[kept]) & 0xC0U) == 0x80U) --kept;  // whole characters
  return std::string(name.substr(0, kept)) + mark + std::string(suffix);
}

std::string without_folder(std::string_view path) {
  path = without_blanks(path);
  const std::size_t separator = path.find_last_of("/\\");
  return std::string(without_blanks(separator == std::string_view::npos ? path : path.substr(separator + 1)));
}

std::string stem_of(std::string_view name) {
  return std::string(name.substr(0, extension_begin(name)));
}

std::string with_small_extension(std::string_view name) {
  return stem_of(name) + in_small_letters(name.substr(extension_begin(name)));
}

bool is_audio_name(std::string_view name) {
  constexpr auto known = std::to_array<std::string_view>(
      {".3gp", ".aac",  ".ac3",  ".aif", ".aifc", ".aiff", ".ape", ".au",   ".avi",  ".bwf",
       ".caf", ".flac", ".flv",  ".m4a", ".m4b",  ".m4v",  ".mka", ".mkv",  ".mov",  ".mp2",
       ".mp3", ".mp4",  ".mpeg", ".mpg", ".oga",  ".ogg",  ".ogv", ".opus", ".rf64", ".snd",
       ".spx", ".tta",  ".w64",  ".wav", ".webm", ".wma",  ".wmv", ".wv"});
  const std::string extension = in_small_letters(name.substr(extension_begin(name)));
  return !is_companion_name(name) && std::ranges::find(known, extension) != known.end();
}

bool is_companion_name(std::string_view name) {
  return name.starts_with("._") || name == ".DS_Store";
}

std::string clip_id(std::string_view name) {
  constexpr std::string_view published = "normalize_5s_intro_";
  constexpr std::size_t id_length = 11;
  const auto is_of_id = [](char c) {
    const char small = small_letter(c);
    return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  const std::string stem = stem_of(name);
  if (!stem.starts_with(published)) return stem;
  const std::string id = stem.substr(published.size());
  return id.size() == id_length && std::ranges::all_of(id, is_of_id) ? id : stem;
}

std::string SeenNames::add(const std::string& name, std::size_t line) {
  const auto [seen, is_new] = seen_.emplace(nfc(name), std::pair(name, line));
  if (is_new) return "";
  const auto& [first, first_line] = seen->second;
  const std::string fault = "'" + name + "' was already given in line " + std::to_string(first_line);
  return first == name ? fault : fault + ", as '" + first + "' in another form of Unicode";
}

}  // namespace musicmem::data
