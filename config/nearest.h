// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace musicmem::config {

// The known word with the smallest edit distance (Levenshtein) to `word`, or "" where none is near enough to
// be what was meant (more than half of the word would have to change).
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

// "; did you mean 'x'?" for messages, or a list of all known words where none is near.
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace musicmem::config
