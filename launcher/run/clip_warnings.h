// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/sound/clip_remarks.h"

#include <string>
#include <vector>

namespace musicmem::launcher {

// Says on the terminal what is to be said of a clip of so many seconds: "musicmem: warning: new.wav: padded by
// 0.21 s to 5 s".
void warn_of_clip(const std::string& name, const features::ClipRemarks& remarks, double seconds);
// What does not depend on its length.
void warn_of_anomalies(const std::string& name, std::vector<std::string> anomalies);

}  // namespace musicmem::launcher
