// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/number_forms.h"

#include "data/files/csv.h"
#include "data/files/csv_parser.h"

#include <algorithm>
#include <array>
#include <vector>

namespace musicmem::data {
namespace {

std::string_view without_sign(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text;
}

// The runs of digits of a number, and what separates them.
struct Groups {
  std::vector<std::size_t> digits;  // in each run
  std::string marks;                // between them: ',' and '.', or ' ' for what only separates thousands
};

// No digits where the text is no such row of runs.
Groups groups_of(std::string_view text) {
  constexpr std::array<std::string_view, 4> blanks = {" ", "'", "\xC2\xA0", "\xE2\x80\xAF"};
  Groups groups;
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0) return {};
    groups.digits.push_back(digits);
    text.remove_prefix(digits);
    if (text.empty()) break;
    const auto* blank = std::ranges::find_if(blanks, [&](auto mark) { return text.starts_with(mark); });
    if (blank == blanks.end() && text[0] != ',' && text[0] != '.') return {};
    groups.marks += blank == blanks.end() ? text[0] : ' ';
    text.remove_prefix(blank == blanks.end() ? 1 : blank->size());
    if (text.empty()) return {};
  }
  return groups;
}

}  // namespace

std::string with_point(std::string_view text) {
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos || text.find('.') != std::string_view::npos) return "";
  std::string point(text);
  point[comma] = '.';
  return parse_number(point) ? point : "";
}

std::string_view before_percent(std::string_view text) {
  return text.ends_with('%') ? trimmed(text.substr(0, text.size() - 1)) : std::string_view();
}

bool may_be_thousands(std::string_view text) {
  const std::string_view number = without_sign(text);
  const Groups groups = groups_of(number);
  return groups.marks == "," && number[0] != '0' && groups.digits[0] <= 3 && groups.digits[1] == 3;
}

bool has_thousands(std::string_view text) {
  const std::string_view number = without_sign(text);
  const auto [digits, marks] = groups_of(number);
  if (marks.empty() || digits[0] > 3 || (marks.size() == 1 && marks[0] != ' ')) return false;
  const bool has_decimals = marks.back() != marks.front();
  const std::size_t separators = marks.size() - (has_decimals ? 1 : 0);
  for (std::size_t i = 0; i < separators; ++i) {
    if (marks[i] != marks.front() || digits[i + 1] != 3) return false;
  }
  return true;
}

bool is_number_in_any_form(std::string_view text) {
  text = trimmed(text);
  if (const std::string_view percent = before_percent(text); !percent.empty()) text = percent;
  return parse_number(text) || !with_point(text).empty() || has_thousands(text);
}

}  // namespace musicmem::data
