// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace musicmem::features {

// Looks at what the header of a WAV, RF64, BW64, W64, AIFF, AU or CAF file promises; readers would silently
// take what is there. Throws Error where the file cannot be opened, is empty, or holds fewer bytes of sound
// than promised, and where a WAV file has no possible rate. Sizes that say nothing are no promise: what
// writers leave that could not go back to fill them in (0, all ones, next to 2^31 or 2^32), and a size that
// is too large by a header's length. Other files pass.
void check_sound_header(const std::filesystem::path& path);

}  // namespace musicmem::features
