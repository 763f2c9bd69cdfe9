// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/report.h"

#include "config/error.h"
#include "config/parse_number.h"
#include "config/settings/flow_list.h"
#include "config/settings/setting_text.h"

#include <algorithm>

namespace musicmem::config {
namespace {

double parse_share(const std::string& text) {
  const auto share = parse_number<double>(text);
  if (share && *share > 0.0 && *share <= 1.0) return *share;
  throw Error("'" + text + "' is no share of the training tracks", "",
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
  if (text == "none") return result;
  for (const std::string& item : flow_items(text)) result.shares.push_back(parse_share(item));
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
