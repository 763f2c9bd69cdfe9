// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/clip_choice.h"

#include <string>

namespace CLI {
class App;
}

namespace musicmem::launcher {

// Which part of a file a command without a study of its own takes.
struct ClipOptions {
  std::string study;
  config::ClipChoice choice = {};

  bool operator==(const ClipOptions&) const = default;
};

// --study, --seconds and --offset, and with `has_segments` --segment and --hop; `usual` is taken without them.
void add_clip_options(CLI::App& command, ClipOptions& options, bool has_segments,
                      const std::string& usual = "five seconds from its begin");

// Of the study, as far as no option says otherwise; without either that of the published study. Throws Error for
// what features.clip may not be.
config::ClipGeometry clip_of(const ClipOptions& options);
// The same without what is known otherwise.
config::ClipChoice choice_of(const ClipOptions& options);

}  // namespace musicmem::launcher
