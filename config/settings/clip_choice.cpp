// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/clip_choice.h"

#include "config/error.h"

namespace musicmem::config {

ClipGeometry ClipChoice::over(const ClipGeometry& otherwise) const {
  const ClipGeometry clip{seconds.value_or(otherwise.seconds), offset.value_or(otherwise.offset),
                          segment.value_or(otherwise.segment), hop.value_or(otherwise.hop)};
  if (const auto wrong = range_problem(clip)) throw usage_error(*wrong, "features.clip");
  if (const auto wrong = conflict(clip)) throw usage_error(wrong->problem, "--" + wrong->key, wrong->advice);
  return clip;
}

}  // namespace musicmem::config
