// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/libsndfile_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include <dlfcn.h>
#include <sndfile.h>

namespace musicmem::features {
namespace {

struct CloseSound {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using SoundFile = std::unique_ptr<SNDFILE, CloseSound>;

bool is_coded(int format) {
  const int container = format & SF_FORMAT_TYPEMASK;
  return container == SF_FORMAT_FLAC || container == SF_FORMAT_OGG || container == SF_FORMAT_MPEG;
}

// A disk that fails is no end of the sound. A null `file` asks after the last one that could not be opened.
void require_readable(SNDFILE* file, const std::filesystem::path& path) {
  if (sf_error(file) != SF_ERR_SYSTEM) return;
  const std::string_view cause = sf_strerror(file);
  // Of a seek to behind a chunk whose size says nothing, as W64 has it of writers that cannot seek.
  const bool is_no_place = cause.find(std::strerror(EINVAL)) != std::string_view::npos;
  if (!is_no_place) fail_to_read(path, std::string(cause));
}

// Frames that come, `most` at most. Whatever ends them is no concern of the clip, which lies before.
std::size_t count_behind(SNDFILE* file, std::size_t most, std::vector<float>& buffer, std::size_t channels) {
  std::size_t came = 0;
  while (came < most) {
    const std::size_t count = std::min(buffer.size() / channels, most - came);
    const sf_count_t got = sf_readf_float(file, buffer.data(), static_cast<sf_count_t>(count));
    if (sf_error(file) == SF_ERR_SYSTEM) return most;
    if (got <= 0) break;
    came += static_cast<std::size_t>(got);
  }
  return came;
}

}  // namespace

std::optional<SndfileSound> read_by_libsndfile(const std::filesystem::path& path, const SoundPart& part) {
  constexpr std::size_t block = 4096;
  SF_INFO info{};
  const SoundFile file(sf_open(path.c_str(), SFM_READ, &info));
  // libsndfile takes the headers between the blocks of a VOC file for samples.
  if (!file || (info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_VOC) {
    require_readable(nullptr, path);
    return std::nullopt;
  }
  require_readable(file.get(), path);  // a header that was read in part says something else
  require_known_rate(path, info.samplerate);
  if (info.frames <= 0 || info.channels <= 0) return std::nullopt;

  SndfileSound read;
  Sound& sound = read.sound;
  sound.rate = info.samplerate;
  sound.channels = info.channels;
  sound.seconds = static_cast<double>(info.frames) / info.samplerate;
  const auto channels = static_cast<std::size_t>(info.channels);
  const auto all = static_cast<std::size_t>(info.frames);
  const std::size_t begin = std::min(frames_before(part, info.samplerate), all);
  const std::size_t end = std::min(begin + frames_of(part, info.samplerate), all);
  std::vector<float> interleaved(block * channels);
  // What lies before the part is decoded too: a jump into coded sound is not exact everywhere.
  while (sound.frames() < end) {
    const std::size_t edge = sound.skipped < begin ? begin : end;
    const std::size_t count = std::min(block, edge - sound.frames());
    const sf_count_t got = sf_readf_float(file.get(), interleaved.data(), static_cast<sf_count_t>(count));
    // At once: the next call forgets it, and goes on behind what is missing.
    if (got < static_cast<sf_count_t>(count)) require_readable(file.get(), path);
    if (got <= 0) break;
    if (edge == begin) {
      sound.skipped += static_cast<std::size_t>(got);
    } else {
      sound.add(std::span(interleaved).first(static_cast<std::size_t>(got) * channels), channels, path);
    }
  }
  read.ends_early = sound.frames() < end;
  read.is_coded = is_coded(info.format);
  // Near the clip's end what comes is the length: that of an MP3 without a header is estimated by its bit rate.
  if (read.is_coded && !read.ends_early) {
    const std::size_t behind = std::min(all - end, static_cast<std::size_t>(info.samplerate));
    const std::size_t came = count_behind(file.get(), behind, interleaved, channels);
    if (came < behind) sound.seconds = static_cast<double>(end + came) / info.samplerate;
  }
  return read;
}

}  // namespace musicmem::features

// libsndfile decodes MP3 with libmpg123, which writes what it meets in damaged files on standard error, among
// our own lines; libsndfile has no word to stop it. So its call for a decoder comes here, and the decoder
// that libmpg123 makes is told to be quiet; what it decodes stays the same. Weak, so that a program that
// libmpg123 is linked into statically keeps the library's.
extern "C" [[gnu::weak]] void* mpg123_new(const char* decoder, int* error) {
  constexpr int add_flags = 2;       // MPG123_ADD_FLAGS of mpg123.h, which need not be installed
  constexpr long quiet_flag = 0x20;  // MPG123_QUIET
  using Make = void*(const char*, int*);
  using Set = int(void*, int, long, double);
  static const auto make = reinterpret_cast<Make*>(::dlsym(RTLD_NEXT, "mpg123_new"));
  static const auto set = reinterpret_cast<Set*>(::dlsym(RTLD_NEXT, "mpg123_param"));
  void* const handle = make != nullptr ? make(decoder, error) : nullptr;
  if (handle != nullptr && set != nullptr) set(handle, add_flags, quiet_flag, 0.0);
  return handle;
}
