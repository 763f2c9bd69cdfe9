// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace musicmem::features {

// Looks at what the header of a WAV, RF64, BW64, W64, AIFF, AU, CAF, AVI, ASF (WMA) or MP4 file promises;
// readers would silently take what is there, or name what they miss. Throws Error where the file cannot be
// opened, is empty, only stands in the place of another (data::refuse_placeholder), or holds fewer bytes of
// sound than promised, where an MP4 has no index, and where a WAV file has no possible rate. Sizes that say
// nothing are no promise: what writers leave that could not go back to fill them in (0, all ones, next to
// 2^31, 2^32 or 0x7f000000), and a size that is too large by a header's length. Other files pass.
void check_sound_header(const std::filesystem::path& path);

}  // namespace musicmem::features
