// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/clip.h"

#include <filesystem>
#include <optional>
#include <span>

// Clips that are written for people and other programs, after a shift of their pitch.
namespace musicmem::features {

// Writes a clip at the study's rate as mono 16-bit WAV, durably. Its comment says which part of its file it is,
// by the names of data::recorded_clip(), where that is not the published study's.
void write_clip(const std::filesystem::path& path, std::span<const float> samples,
                const config::ClipGeometry& clip);

// Which part of its file such a clip is, `segment` and `hop` as they are by default. Empty where the file
// is none that write_clip() wrote, as far as can be told: without a comment it is one if it is as long as the
// published study's.
std::optional<config::ClipGeometry> part_of_written(const std::filesystem::path& path);

// Whether the file is known to be of another part than `clip` says.
bool is_of_another_part(const std::filesystem::path& path, const config::ClipGeometry& clip);

}  // namespace musicmem::features
