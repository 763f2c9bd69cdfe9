// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/component_choice.h"

#include "config/error.h"
#include "config/exact_text.h"
#include "config/parse_number.h"

namespace musicmem::config {
ComponentChoice ComponentChoice::parse(const std::string& text) {
  if (text == "none") return {};
  constexpr int most = 100000;
  if (const auto number = parse_between(text, 1, most)) return {.number = *number};
  const auto share = parse_number<double>(text);
  if (share && *share > 0.0 && *share < 1.0) return {.share = *share};
  throw Error("'" + text + "' is no choice of components", "",
              "give a whole number from 1 on, a share of the variance such as 0.95, or none");
}

std::string to_string(const ComponentChoice& choice) {
  if (choice.number > 0) return std::to_string(choice.number);
  return choice.share > 0.0 ? exact_text(choice.share) : "none";
}

}  // namespace musicmem::config
