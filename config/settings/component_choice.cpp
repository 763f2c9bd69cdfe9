// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/component_choice.h"

#include "config/error.h"
#include "config/exact_text.h"

#include <charconv>
#include <system_error>

namespace musicmem::config {
namespace {

template <class Number>
bool reads(const std::string& text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end;
}

}  // namespace

ComponentChoice ComponentChoice::parse(const std::string& text) {
  if (text == "none") return {};
  constexpr int most = 100000;
  ComponentChoice choice;
  if (reads(text, choice.number) && choice.number >= 1 && choice.number <= most) return choice;
  choice.number = 0;
  if (reads(text, choice.share) && choice.share > 0.0 && choice.share < 1.0) return choice;
  throw Error("'" + text + "' is no choice of components", "",
              "give a whole number from 1 on, a share of the variance such as 0.95, or none");
}

std::string to_string(const ComponentChoice& choice) {
  if (choice.number > 0) return std::to_string(choice.number);
  return choice.share > 0.0 ? exact_text(choice.share) : "none";
}

}  // namespace musicmem::config
