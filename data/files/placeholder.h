// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string_view>

namespace musicmem::data {

// Throws Error where a file that begins with these bytes only stands in the place of the one that is meant: a
// pointer of Git LFS or git-annex, a web page that was saved instead of a download, or what macOS keeps
// beside a file ("._clip.wav"). At least the first 64 bytes of a longer file are wanted.
void refuse_placeholder(std::string_view beginning, const std::filesystem::path& path);

// The same of the file at `path`, which it reads; what is no file passes.
void refuse_placeholder(const std::filesystem::path& path);

}  // namespace musicmem::data
