// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/clip.h"

#include <map>
#include <string>
#include <vector>

// How a clip's geometry stands in stores, tables and weights files: what is not the published study's, so that those of
// before there was a choice say the same.
namespace musicmem::data {

// clip_seconds, clip_offset, segment_seconds, segment_hop.
std::vector<std::string> clip_record_names();

// By such a name.
std::map<std::string, std::string> recorded_clip(const config::ClipGeometry& clip);

// What such texts say, others among them passed over. Throws Error that names `origin` where they are no
// geometry of a study.
config::ClipGeometry clip_recorded_in(const std::map<std::string, std::string>& texts,
                                      const std::string& origin);

// "10 s from 30 s on in segments of 2 s every 1 s".
std::string describe(const config::ClipGeometry& clip);

// The same as lines "name: value", for the parameters of a store: of the clip, and of its segments.
std::string clip_parameters(const config::ClipGeometry& clip);
std::string segment_parameters(const config::ClipGeometry& clip);

}  // namespace musicmem::data
