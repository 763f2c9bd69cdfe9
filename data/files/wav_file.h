// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace musicmem::data {

// The bytes of a WAV file of 16-bit samples as libsndfile writes it, made in memory: what comes to a disk
// comes there by durable files. Samples of several channels alternate. Equal samples give equal bytes: the
// file holds no time and no peak chunk. Throws Error if libsndfile fails.
std::string wav_file(std::span<const std::int16_t> samples, int channels, int rate);

// The same of numbers in [-1, 1]; what lies outside is clipped. `comment`: of the file, none where it is empty.
std::string wav_file(std::span<const float> samples, int channels, int rate, const std::string& comment = "");

// The same as FLAC, which browsers play too: half the bytes. One channel.
std::string flac_file(std::span<const float> samples, int rate);

}  // namespace musicmem::data
