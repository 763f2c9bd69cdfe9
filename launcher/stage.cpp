// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/stage.h"

#include <cstdio>

namespace musicmem::launcher {

void StageContext::warn(const std::string& text) const {
  log.warning(text);
  if (!quiet) std::fprintf(stderr, "musicmem: warning: %s\n", text.c_str());
}

void StageContext::tell(const std::string& text) const {
  log.info(text);
  if (!quiet) std::fprintf(stderr, "musicmem: %s\n", text.c_str());
}

}  // namespace musicmem::launcher
