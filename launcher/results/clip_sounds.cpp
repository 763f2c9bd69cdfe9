// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/results/clip_sounds.h"

#include "config/error.h"
#include "config/io_error.h"
#include "data/clip_files.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "data/files/wav_file.h"
#include "features/sound/audio.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    unsigned group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8U | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i) text += i <= count ? digits[group >> (18U - 6U * i) & 63U] : '=';
  }
  return text;
}

// As an address: what is neither a letter, a digit nor one of "-._~/" by its bytes.
std::string percent_encoded(const std::string& path) {
  std::string text;
  for (const char c : path) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          std::string_view("-._~/").find(c) != std::string_view::npos;
    text += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return text;
}

constexpr double longest = 10.0;  // seconds

}  // namespace

std::string ClipSounds::kept_name(const std::string& checksum) const {
  return data::checksum(fmt::format("{} {} {}", checksum, std::min(clip.seconds, longest), clip.offset)) +
         ".flac";
}

std::string ClipSounds::address(const std::string& track, const std::string& checksum,
                                const fs::path& page_directory) const {
  if (form == config::ReportAudio::none || directory.empty()) return "";
  constexpr const char* embedded = "data:audio/flac;base64,";
  const fs::path kept = checksum.empty() ? fs::path() : page_directory / "sounds" / kept_name(checksum);
  try {
    if (form == config::ReportAudio::embed && !kept.empty() && fs::is_regular_file(kept))
      return embedded + base64(data::read_file(kept));
    const fs::path file = data::ClipFolders(directory).find(track).file;
    if (file.empty()) return "";
    if (form == config::ReportAudio::link)
      return percent_encoded(
          fs::weakly_canonical(file).lexically_relative(fs::weakly_canonical(page_directory)).string());
    const features::ClipAudio audio =
        features::read_clip(file, {std::min(clip.seconds, longest), clip.offset});
    const std::string flac = data::flac_file(audio.samples, features::study_rate);
    if (!kept.empty()) {
      data::make_directories(kept.parent_path());
      data::write_file_durably(kept, flac);
    }
    return embedded + base64(flac);
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    return "";  // a report needs no clips: it does without those that have gone
  }
}

}  // namespace musicmem::launcher
