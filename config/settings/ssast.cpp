// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/ssast.h"

namespace musicmem::config {
std::optional<Conflict> conflict(const SsastTraining& training) {
  if (training.average_from == 0 || training.average_to >= training.average_from) return std::nullopt;
  return Conflict{
      "average_to",
      "the averaging of weights ends before it begins, at epoch " + std::to_string(training.average_from),
      "give an epoch from there on, or average_from: 0 for no averaging"};
}

std::optional<Conflict> conflict(const SsastSettings& ssast) {
  if (auto found = conflict(ssast.training)) return found;
  if (!ssast.freeze_backbone || !ssast.pretrained.empty()) return std::nullopt;
  return Conflict{"freeze_backbone", "a frozen backbone without pre-trained weights learns nothing",
                  "set pretrained, or leave out freeze_backbone"};
}

int target_length_of(const SsastSettings& ssast, const Features& features) {
  if (ssast.target_length) return *ssast.target_length;
  return ssast.input == SsastInput::segment ? segment_frames(features) : clip_frames(features);
}

}  // namespace musicmem::config
