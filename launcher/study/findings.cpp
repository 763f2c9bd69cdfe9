// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/findings.h"

#include "features/sound/audio.h"
#include "launcher/study/run_plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace musicmem::launcher {

std::string Finding::text() const {
  std::string line = details.size() == 1 ? details.front() : problem;
  if (places.size() == 1) line += " (" + places.front() + ")";
  if (places.size() > 1) {
    line += " (" + std::to_string(places.size()) + (among > 0 ? " of " + std::to_string(among) : "") +
            ", such as " + place_text(0) + ")";
  }
  return advice.empty() ? line : line + "; " + advice;
}

std::string Finding::place_text(std::size_t index) const {
  return index < details.size() ? places[index] + ": " + details[index] : places[index];
}

Finding& Findings::add(bool is_error, const std::string& problem, const std::string& advice,
                       const std::string& place, const std::string& detail) {
  auto finding = std::ranges::find_if(
      findings_, [&](const Finding& f) { return f.problem == problem && f.advice == advice; });
  if (finding == findings_.end())
    finding = findings_.insert(findings_.end(), Finding{is_error, problem, advice, {}});
  if (!place.empty()) finding->places.push_back(place);
  if (!detail.empty()) finding->details.push_back(detail);
  return *finding;
}

std::vector<Finding> Findings::take() {
  const auto rank = [](const Finding& f) { return f.stops_the_study() ? 0 : f.is_error ? 1 : 2; };
  std::stable_sort(findings_.begin(), findings_.end(),
                   [&](const Finding& a, const Finding& b) { return rank(a) < rank(b); });
  return std::move(findings_);
}

std::optional<Finding> find_equal_clips(const std::vector<std::string>& tracks,
                                        const std::vector<std::string>& checksums) {
  Finding finding{false, "clip has the same bytes as another", "keep one of them: folds would share it", {}};
  std::map<std::string, std::string> first;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    if (checksums[i].empty()) continue;
    const auto [known, is_new] = first.emplace(checksums[i], tracks[i]);
    if (!is_new) finding.places.push_back(tracks[i] + " and " + known->second);
  }
  return finding.places.empty() ? std::nullopt : std::optional(finding);
}

std::vector<Finding> find_adjusted_clips(const std::vector<AdjustedClip>& clips, std::size_t all,
                                         const config::ClipGeometry& geometry) {
  const std::string end = fmt::format("{} s", features::part_of(geometry).end());
  const std::string part =
      geometry.offset > 0.0 ? fmt::format("{} s to {} of it", geometry.offset, end) : "its first " + end;
  Findings findings;
  for (const auto& [track, adjustment] : clips) {
    const bool is_padded = adjustment.starts_with("padded");
    findings
        .add(false,
             is_padded ? "clip is shorter than " + end + " and is padded with silence"
                       : "clip is longer than " + end + " and is trimmed to " + part,
             is_padded ? "cut it again from its source" : "cut it as the listeners heard it",
             track + " " + adjustment)
        .among = all;
  }
  return findings.take();
}

}  // namespace musicmem::launcher
