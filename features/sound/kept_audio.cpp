// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/kept_audio.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "data/files/wav_file.h"
#include "data/recorded_clip.h"
#include "features/sound/audio.h"

#include <map>
#include <memory>
#include <sstream>
#include <string>

#include <sndfile.h>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;

struct Closer {
  void operator()(SNDFILE* file) const { sf_close(file); }
};

// Lines "name: value", as clip_parameters() has them.
std::map<std::string, std::string> texts_of(const std::string& comment) {
  std::map<std::string, std::string> texts;
  std::istringstream lines(comment);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) texts[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return texts;
}

}  // namespace

void write_clip(const fs::path& path, std::span<const float> samples, const config::ClipGeometry& clip) {
  data::make_directories(fs::absolute(path).parent_path());
  data::write_file_durably(path, data::wav_file(samples, 1, study_rate, data::clip_parameters(clip)));
}

std::optional<config::ClipGeometry> part_of_written(const fs::path& path) {
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, Closer> file(sf_open(path.c_str(), SFM_READ, &info));
  if (!file || info.channels != 1 || info.samplerate != study_rate ||
      info.format != (SF_FORMAT_WAV | SF_FORMAT_PCM_16))
    return std::nullopt;
  const char* const comment = sf_get_string(file.get(), SF_STR_COMMENT);
  const auto texts = texts_of(comment != nullptr ? comment : "");
  try {
    const config::ClipGeometry clip = data::clip_recorded_in(texts, path.string());
    const bool is_whole = info.frames == static_cast<sf_count_t>(clip_samples(clip));
    return is_whole ? std::optional(clip) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;  // another program's comment
  }
}

bool is_of_another_part(const fs::path& path, const config::ClipGeometry& clip) {
  const std::optional<config::ClipGeometry> written = part_of_written(path);
  return written && (written->seconds != clip.seconds || written->offset != clip.offset);
}

}  // namespace musicmem::features
