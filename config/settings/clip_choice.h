// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/clip.h"

#include <optional>

namespace musicmem::config {

// What somebody says of a geometry, of which the rest is known otherwise.
struct ClipChoice {
  std::optional<double> seconds = std::nullopt;
  std::optional<double> offset = std::nullopt;
  std::optional<double> segment = std::nullopt;
  std::optional<double> hop = std::nullopt;

  bool operator==(const ClipChoice&) const = default;
  // Throws Error of kind usage for what features.clip may not be.
  ClipGeometry over(const ClipGeometry& otherwise) const;
};

}  // namespace musicmem::config
