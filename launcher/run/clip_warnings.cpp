// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/clip_warnings.h"

#include <cstdio>
#include <utility>

namespace musicmem::launcher {

void warn_of_clip(const std::string& name, const features::ClipRemarks& remarks, double seconds) {
  for (const std::string& line : remarks.lines(seconds))
    std::fprintf(stderr, "musicmem: warning: %s: %s\n", name.c_str(), line.c_str());
}

void warn_of_anomalies(const std::string& name, std::vector<std::string> anomalies) {
  warn_of_clip(name, {"", std::move(anomalies)}, /*seconds=*/0.0);
}

}  // namespace musicmem::launcher
