// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/recorded_clip.h"

#include "config/error.h"
#include "config/exact_text.h"
#include "data/files/csv.h"

#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace musicmem::data {
namespace {

using config::ClipGeometry;
using Field = std::pair<const char*, double ClipGeometry::*>;

constexpr std::array<Field, 4> fields = {{{"clip_seconds", &ClipGeometry::seconds},
                                          {"clip_offset", &ClipGeometry::offset},
                                          {"segment_seconds", &ClipGeometry::segment},
                                          {"segment_hop", &ClipGeometry::hop}}};
constexpr std::size_t fields_of_clip = 2;  // the others are its segments'

std::string lines(const ClipGeometry& clip, std::size_t first, std::size_t end) {
  std::string text;
  for (std::size_t i = first; i < end; ++i) {
    const auto& [name, field] = fields[i];
    if (clip.*field != ClipGeometry().*field)
      text += std::string(name) + ": " + exact_text(clip.*field) + "\n";
  }
  return text;
}

}  // namespace

std::vector<std::string> clip_record_names() {
  std::vector<std::string> names;
  for (const auto& [name, field] : fields) names.emplace_back(name);
  return names;
}

std::map<std::string, std::string> recorded_clip(const ClipGeometry& clip) {
  std::map<std::string, std::string> texts;
  for (const auto& [name, field] : fields) {
    if (clip.*field != ClipGeometry().*field) texts[name] = exact_text(clip.*field);
  }
  return texts;
}

ClipGeometry clip_recorded_in(const std::map<std::string, std::string>& texts, const std::string& origin) {
  ClipGeometry clip;
  for (const auto& [name, field] : fields) {
    const auto text = texts.find(name);
    if (text == texts.end()) continue;
    const std::optional<double> value = parse_number(text->second);
    if (!value)
      throw Error("its " + std::string(name) + " is '" + text->second + "', which is no number", origin);
    clip.*field = *value;
  }
  const std::optional<std::string> problem = config::range_problem(clip);
  if (problem) throw Error("its clip's " + *problem, origin);
  if (const auto wrong = conflict(clip)) throw Error(wrong->problem, origin);
  return clip;
}

std::string describe(const ClipGeometry& clip) {
  return fmt::format("{} s from {} s on in segments of {} s every {} s", clip.seconds, clip.offset,
                     clip.segment, clip.hop);
}

std::string clip_parameters(const ClipGeometry& clip) {
  return lines(clip, 0, fields_of_clip);
}

std::string segment_parameters(const ClipGeometry& clip) {
  return lines(clip, fields_of_clip, fields.size());
}

}  // namespace musicmem::data
