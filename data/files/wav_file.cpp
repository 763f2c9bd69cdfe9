// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/wav_file.h"

#include "config/error.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <functional>
#include <utility>

#include <sndfile.h>

namespace musicmem::data {
namespace {

// The file that libsndfile writes, kept in memory.
struct MemoryFile {
  std::string bytes;
  std::size_t position = 0;
};

MemoryFile& memory_file(void* user) {
  return *static_cast<MemoryFile*>(user);
}

sf_count_t memory_size(void* user) {
  return static_cast<sf_count_t>(memory_file(user).bytes.size());
}

sf_count_t memory_seek(sf_count_t offset, int whence, void* user) {
  MemoryFile& file = memory_file(user);
  sf_count_t start = 0;
  if (whence == SEEK_CUR) start = static_cast<sf_count_t>(file.position);
  if (whence == SEEK_END) start = memory_size(user);
  file.position = static_cast<std::size_t>(start + offset);
  return start + offset;
}

sf_count_t memory_read(void* to, sf_count_t count, void* user) {
  MemoryFile& file = memory_file(user);
  const std::size_t left = file.bytes.size() - std::min(file.position, file.bytes.size());
  const std::size_t taken = std::min(left, static_cast<std::size_t>(count));
  if (taken > 0) std::memcpy(to, file.bytes.data() + file.position, taken);
  file.position += taken;
  return static_cast<sf_count_t>(taken);
}

sf_count_t memory_write(const void* from, sf_count_t count, void* user) {
  MemoryFile& file = memory_file(user);
  const auto size = static_cast<std::size_t>(count);
  if (file.bytes.size() < file.position + size) file.bytes.resize(file.position + size);
  std::memcpy(file.bytes.data() + file.position, from, size);
  file.position += size;
  return count;
}

sf_count_t memory_tell(void* user) {
  return static_cast<sf_count_t>(memory_file(user).position);
}

void require(bool good, SNDFILE* sound) {
  if (!good) throw Error(std::string("libsndfile cannot write sound: ") + sf_strerror(sound));
}

// `write` returns how many samples it gave to the file.
std::string written(std::size_t samples, int channels, int rate,
                    const std::function<sf_count_t(SNDFILE*)>& write, int format = SF_FORMAT_WAV) {
  MemoryFile file;
  SF_VIRTUAL_IO io{memory_size, memory_seek, memory_read, memory_write, memory_tell};
  SF_INFO info{};
  info.samplerate = rate;
  info.channels = channels;
  info.format = format | SF_FORMAT_PCM_16;
  SNDFILE* const sound = sf_open_virtual(&io, SFM_WRITE, &info, &file);
  require(sound != nullptr, nullptr);
  const bool all = write(sound) == static_cast<sf_count_t>(samples);
  const bool closed = sf_close(sound) == 0;
  require(all && closed, nullptr);
  return std::move(file.bytes);
}

}  // namespace

std::string wav_file(std::span<const std::int16_t> samples, int channels, int rate) {
  return written(samples.size(), channels, rate, [&](SNDFILE* sound) {
    return sf_write_short(sound, samples.data(), static_cast<sf_count_t>(samples.size()));
  });
}

std::string wav_file(std::span<const float> samples, int channels, int rate, const std::string& comment) {
  return written(samples.size(), channels, rate, [&](SNDFILE* sound) {
    if (!comment.empty()) sf_set_string(sound, SF_STR_COMMENT, comment.c_str());
    sf_command(sound, SFC_SET_CLIPPING, nullptr, SF_TRUE);
    return sf_write_float(sound, samples.data(), static_cast<sf_count_t>(samples.size()));
  });
}

std::string flac_file(std::span<const float> samples, int rate) {
  return written(
      samples.size(), 1, rate,
      [&](SNDFILE* sound) {
        sf_command(sound, SFC_SET_CLIPPING, nullptr, SF_TRUE);
        return sf_write_float(sound, samples.data(), static_cast<sf_count_t>(samples.size()));
      },
      SF_FORMAT_FLAC);
}

}  // namespace musicmem::data
