// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/clip_remarks.h"

#include "config/exact_text.h"

#include <algorithm>
#include <string_view>

namespace musicmem::features {
namespace {

constexpr std::string_view separator = "; ";

constexpr std::string_view trimmed = "trimmed by ";
constexpr std::string_view earlier_trimmed = "cut by ";  // in shards of earlier versions

bool is_adjustment(std::string_view text) {
  return text.starts_with("padded by ") || text.starts_with(trimmed) || text.starts_with(earlier_trimmed);
}

}  // namespace

std::string ClipRemarks::text() const {
  std::string text = adjustment;
  for (const std::string& anomaly : anomalies) {
    if (!text.empty()) text += separator;
    text += anomaly;
  }
  return text;
}

ClipRemarks ClipRemarks::of_text(const std::string& text) {
  ClipRemarks remarks;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    if (is_adjustment(part)) {
      remarks.adjustment = part;
      if (part.starts_with(earlier_trimmed)) remarks.adjustment.replace(0, earlier_trimmed.size(), trimmed);
    } else {
      remarks.anomalies.push_back(part);
    }
    begin = end + separator.size();
  }
  return remarks;
}

std::vector<std::string> ClipRemarks::lines(double seconds) const {
  std::vector<std::string> lines;
  if (!adjustment.empty()) lines.push_back(adjustment + " to " + exact_text(seconds) + " s");
  lines.insert(lines.end(), anomalies.begin(), anomalies.end());
  return lines;
}

}  // namespace musicmem::features
