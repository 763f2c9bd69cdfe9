// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/placeholder.h"

#include "config/error.h"
#include "data/files/file_reading.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

// `word` is in small letters.
bool begins_with_word(std::string_view text, std::string_view word) {
  const auto is_same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return text.size() >= word.size() && std::ranges::equal(text.substr(0, word.size()), word, is_same);
}

bool is_web_page(std::string_view beginning) {
  if (beginning.starts_with("\xEF\xBB\xBF")) beginning.remove_prefix(3);
  beginning.remove_prefix(std::min(beginning.find_first_not_of(" \t\r\n"), beginning.size()));
  return begins_with_word(beginning, "<!doctype html") || begins_with_word(beginning, "<html");
}

}  // namespace

void refuse_placeholder(std::string_view beginning, const fs::path& path) {
  const std::string name = path.filename().string();
  if (beginning.starts_with("version https://git-lfs.github.com/spec/")) {
    throw Error("is a pointer of Git LFS, not the file itself", path.string(),
                "fetch the file, in its repository: git lfs pull");
  }
  if (beginning.substr(0, 64).find("/annex/objects/") != std::string_view::npos) {
    throw Error("is a pointer of git-annex, not the file itself", path.string(),
                "fetch the file, in its repository: git annex get " + name);
  }
  if (is_web_page(beginning)) {
    throw Error("is a web page that was saved in the place of the file", path.string(),
                "download the file itself");
  }
  if (beginning.starts_with("\x00\x05\x16\x07"sv)) {  // AppleDouble
    throw Error("is what macOS keeps beside a file, not the file itself", path.string(),
                name.starts_with("._") ? "give " + name.substr(2) : "replace the file");
  }
}

void refuse_placeholder(const fs::path& path) {
  std::error_code unknown;
  if (!fs::is_regular_file(path, unknown)) return;
  refuse_placeholder(file_start(path, 256), path);
}

}  // namespace musicmem::data
