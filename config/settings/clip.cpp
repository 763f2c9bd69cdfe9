// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/clip.h"

#include "config/settings/setting_text.h"

namespace musicmem::config {
namespace {

class RangeCheck : public SettingVisitor<RangeCheck> {
 public:
  std::optional<std::string> problem;

  void setting(const Setting& about, double value, const Between<double>& range) {
    if (problem || (value >= range.least && value <= range.most)) return;
    problem = std::string(about.key) + " must be " + text_of(range) + ", not " + exact_text(value);
  }
};

}  // namespace

std::optional<Conflict> conflict(const ClipGeometry& clip) {
  if (clip.segment <= clip.seconds) return std::nullopt;
  return Conflict{"segment",
                  "a segment of " + exact_text(clip.segment) + " s does not fit into a clip of " +
                      exact_text(clip.seconds) + " s",
                  "give at most the clip's seconds"};
}

std::optional<std::string> range_problem(const ClipGeometry& clip) {
  RangeCheck check;
  visit(check, clip);
  return check.problem;
}

}  // namespace musicmem::config
