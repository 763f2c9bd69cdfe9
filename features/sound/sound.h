// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace musicmem::features {

inline constexpr int highest_rate = 768000;  // Hz, of files that are read
// Floats that hold 32-bit integers reach 2^31. Far above, sums of powers leave what a float can hold.
inline constexpr float loudest_sample = 1e10F;

// What is read of a file.
struct SoundPart {
  double seconds = 5.0;
  double offset = 0.0;  // seconds into the file where it begins

  // Of the beginning, unless told otherwise.
  SoundPart(double of_seconds = 5.0, double from_second = 0.0) : seconds(of_seconds), offset(from_second) {}

  double end() const { return offset + seconds; }
};

// A part of a file's sound at the file's own rate.
struct Sound {
  int rate = 0;                  // Hz
  int channels = 0;              // of the first frame
  std::size_t skipped = 0;       // frames before the part; fewer than asked for where the file ends there
  std::vector<float> mono;       // mean of the channels
  double seconds = 0.0;          // length of the whole file
  float peak = 0.0F;             // highest magnitude in any channel
  double channel_squares = 0.0;  // sum over the frames of the channels' mean square

  std::size_t frames() const { return skipped + mono.size(); }  // that were decoded up to the part's end

  // Adds interleaved frames. Throws Error for samples that are not finite or above 1e10.
  void add(std::span<const float> interleaved, std::size_t of_channels, const std::filesystem::path& path);
};

// How every reader counts frames: those before a part to the nearest, those of its seconds rounded up.
std::size_t frames_before(const SoundPart& part, int rate);
std::size_t frames_of(const SoundPart& part, int rate);

// Throws Error where `rate` is none that a file can have.
void require_known_rate(const std::filesystem::path& path, std::int64_t rate);

// Throws Error that names the file and says what is wrong with it.
[[noreturn]] void fail_sound(const std::filesystem::path& path, const std::string& problem);

// Throws IoError: the disk failed, and the file may be whole.
[[noreturn]] void fail_to_read(const std::filesystem::path& path, const std::string& cause);

}  // namespace musicmem::features
