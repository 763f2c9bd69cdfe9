// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/demo_wav.h"

#include "config/error.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

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

}  // namespace

std::string wav_bytes(const StereoSound& sound) {
  std::vector<std::int16_t> interleaved;
  interleaved.reserve(2 * sound.left.size());
  for (std::size_t n = 0; n < sound.left.size(); ++n) {
    for (const float sample : {sound.left[n], sound.right[n]}) {
      interleaved.push_back(static_cast<std::int16_t>(std::lround(32767.0f * sample)));
    }
  }
  MemoryFile file;
  SF_VIRTUAL_IO io{memory_size, memory_seek, memory_read, memory_write, memory_tell};
  SF_INFO info{};
  info.samplerate = demo_sample_rate;
  info.channels = 2;
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  const auto close = [](SNDFILE* open) { sf_close(open); };
  std::unique_ptr<SNDFILE, decltype(close)> writer(sf_open_virtual(&io, SFM_WRITE, &info, &file), close);
  if (!writer) throw Error(std::string("libsndfile cannot write a WAV file: ") + sf_strerror(nullptr));
  const auto frames = static_cast<sf_count_t>(sound.left.size());
  if (sf_writef_short(writer.get(), interleaved.data(), frames) != frames) {
    throw Error(std::string("libsndfile cannot write a WAV file: ") + sf_strerror(writer.get()));
  }
  writer.reset();
  return std::move(file.bytes);
}

}  // namespace musicmem::data
