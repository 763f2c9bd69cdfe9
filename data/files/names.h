// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

// Names of clips and files as people, tables and file systems spell them.
namespace musicmem::data {

bool is_ascii(std::string_view text);

// The name in Unicode's composed form (NFC), in which names are compared: "é" is one character where people
// type it and two, a letter and its accent, where older macOS, zip and tar have been. Bytes that are no UTF-8
// stay as they are.
std::string nfc(std::string_view name);

// The name with its capitals folded, in composed form: equal for names that differ in capitals only.
std::string folded(std::string_view name);

// The name as it looks: in composed form, without the characters that nobody sees (zero-width spaces, byte
// order marks, soft hyphens), every kind of blank as a plain one, and none at the ends. Bytes that are no
// UTF-8 stay as they are.
std::string as_seen(std::string_view name);

// The longest name of a file that file systems take, in bytes.
inline constexpr std::size_t longest_file_name = 255;

// `name` + `suffix` as the name of a file: where that is too long, the end of `name` gives way to a hash of
// it. `suffix` must be shorter than 200 bytes.
std::string file_name(std::string_view name, std::string_view suffix);

// The last part of a path, Windows' separator included, without the blanks around it.
std::string without_folder(std::string_view path);

// The file name without its last extension, whatever that is.
std::string stem_of(std::string_view name);

// The name with its extension in small letters.
std::string with_small_extension(std::string_view name);

// Whether the extension is one of sound, or of video, which has sound.
bool is_audio_name(std::string_view name);

// Whether it is one of the files that macOS leaves beside others: "._clip.wav", ".DS_Store".
bool is_companion_name(std::string_view name);

// How the published table calls a clip: the YouTube id at the end of a name of the published form,
// "normalize_5s_intro_<id>.wav", or else the file's stem.
std::string clip_id(std::string_view file_name);

// The names that a table has given so far, to find one that it gives twice.
class SeenNames {
 public:
  // Takes the name of a line. What is wrong with it, if it was given before in any form of Unicode: "'x' was
  // already given in line 3"; else empty.
  std::string add(const std::string& name, std::size_t line);

 private:
  std::unordered_map<std::string, std::pair<std::string, std::size_t>> seen_;  // by composed name
};

}  // namespace musicmem::data
