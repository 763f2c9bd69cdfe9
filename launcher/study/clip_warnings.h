// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/sound/clip_remarks.h"

#include <string>

namespace musicmem::launcher {

// Says on the terminal what is to be said of a clip: "musicmem: warning: new.wav: padded by 0.21 s to 5 s".
void warn_of_clip(const std::string& name, const features::ClipRemarks& remarks);

}  // namespace musicmem::launcher
