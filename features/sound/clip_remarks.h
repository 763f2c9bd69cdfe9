// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace musicmem::features {

// What is to be said of a clip beside its features.
struct ClipRemarks {
  std::string adjustment;              // "padded by 0.21 s", "trimmed by 1.30 s" or ""
  std::vector<std::string> anomalies;  // "is silent": what about its sound or its stems cannot be meant

  // One text, as shards keep it: "" for a clip that nothing is to be said of.
  std::string text() const;
  static ClipRemarks of_text(const std::string& text);

  // One line each, to stand behind the name of a clip of so many seconds: "padded by 0.21 s to 5 s", "is silent".
  std::vector<std::string> lines(double seconds) const;
};

}  // namespace musicmem::features
