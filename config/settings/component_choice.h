// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace musicmem::config {

// How many principal components of its features a model takes instead of them.
struct ComponentChoice {
  int number = 0;  // 0: see share
  double share =
      0.0;  // of the variance, (0, 1): the fewest that hold more of it; 0: the features as they are

  bool operator==(const ComponentChoice&) const = default;
  bool any() const { return number > 0 || share > 0.0; }

  static constexpr const char* range =
      "none | a whole number from 1 to 100000 | a share of the variance between 0 and 1";
  static constexpr const char* another = "0.9";
  // Throws Error.
  static ComponentChoice parse(const std::string& text);
};
std::string to_string(const ComponentChoice& choice);

}  // namespace musicmem::config
