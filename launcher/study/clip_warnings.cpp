// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/clip_warnings.h"

#include <cstdio>

namespace musicmem::launcher {

void warn_of_clip(const std::string& name, const features::ClipRemarks& remarks) {
  for (const std::string& line : remarks.lines())
    std::fprintf(stderr, "musicmem: warning: %s: %s\n", name.c_str(), line.c_str());
}

}  // namespace musicmem::launcher
