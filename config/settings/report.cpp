// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/report.h"

#include "config/error.h"
#include "config/settings/setting_text.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace musicmem::config {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

double parse_share(std::string_view text) {
  double share = 0.0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), share);
  const bool is_number = read.ec == std::errc() && read.ptr == text.data() + text.size();
  if (is_number && share > 0.0 && share <= 1.0) return share;
  throw Error("'" + std::string(text) + "' is no share of the training tracks", "",
              "give numbers above 0 and up to 1, such as [0.25, 0.5, 1]");
}

}  // namespace

std::vector<double> TrainingShares::parts() const {
  std::vector<double> parts = shares;
  std::erase(parts, 1.0);
  return parts;
}

TrainingShares TrainingShares::parse(const std::string& text) {
  TrainingShares result;
  std::string_view list = trimmed(text);
  if (list == "none") return result;
  if (list.starts_with('[') && list.ends_with(']')) list = list.substr(1, list.size() - 2);
  if (trimmed(list).empty()) return result;
  for (;;) {
    const std::size_t comma = list.find(',');
    result.shares.push_back(parse_share(trimmed(list.substr(0, comma))));
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  std::sort(result.shares.begin(), result.shares.end());
  const auto twice = std::adjacent_find(result.shares.begin(), result.shares.end());
  if (twice != result.shares.end())
    throw Error("the share " + exact_text(*twice) + " is given twice", "", "keep one of them");
  return result;
}

std::string to_string(const TrainingShares& shares) {
  return shares.shares.empty() ? "none" : list_text(item_texts(shares.shares, Anything{}));
}

}  // namespace musicmem::config
