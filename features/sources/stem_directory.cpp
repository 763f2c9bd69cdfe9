// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sources/stem_directory.h"

#include "config/error.h"
#include "data/files/hash.h"
#include "data/files/names.h"
#include "data/segment_table.h"
#include "features/sound/pitch_shift.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;

// The folders that hold one variant of a clip: one, or one per segment.
struct StemFolders {
  std::vector<fs::path> folders;
  bool to_be_shifted = false;  // they hold the original, the variant is another
};

std::vector<fs::path> segment_folders(const fs::path& first, std::size_t count) {
  const std::string stem = first.string().substr(0, first.string().size() - 1);
  std::vector<fs::path> folders;
  for (std::size_t segment = 1; segment <= count; ++segment) {
    folders.push_back(stem + std::to_string(segment));
  }
  return folders;
}

// No folders where the clip has none.
StemFolders find_folders(const data::FolderEntries& clips, const std::string& track, int semitones,
                         const Segments& segments) {
  const std::array<std::string, 2> names = {data::stem_of(track), data::clip_id(track)};
  const auto folder = [&](const std::string& name) {
    const fs::path found = clips.find(name);
    return fs::is_directory(found) ? found : fs::path();
  };
  for (const std::string& clip : names) {
    const std::string variant = clip + "_" + data::augment_type(semitones);
    if (const fs::path first = folder(variant + "_1"); !first.empty()) {
      return {segment_folders(first, segments.count), false};
    }
    if (const fs::path whole = folder(variant); !whole.empty()) return {{whole}, false};
  }
  for (const std::string& clip : names) {
    if (const fs::path whole = folder(clip); !whole.empty()) return {{whole}, semitones != 0};
  }
  return {};
}

StemFolders require_folders(const data::FolderEntries& clips, const std::string& track, int semitones,
                            const Segments& segments) {
  StemFolders found = find_folders(clips, track, semitones, segments);
  if (!found.folders.empty()) return found;
  const std::string clip = data::stem_of(track);
  throw Error("the directory of stems has no folder for clip '" + clip + "'", clips.directory().string(),
              "separate it into " + clip + "/vocals.wav, drums.wav, bass.wav and other.wav");
}

// Of two files of one source the first of these is taken.
std::size_t preference(const fs::path& file) {
  static const std::array<std::string, 4> order = {".wav", ".flac", ".ogg", ".mp3"};
  return static_cast<std::size_t>(std::ranges::find(order, file.extension().string()) - order.begin());
}

struct SourceFile {
  std::string source;
  fs::path file;  // empty where the folder has none
};

// The four, in the order of the published table and in any capitals, and then what else a folder holds, by
// name.
std::vector<SourceFile> sources_in(const fs::path& folder) {
  std::map<std::string, fs::path> files;
  std::error_code missing;  // a segment's folder may be: then all of its sources are
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, missing)) {
    if (!entry.is_regular_file() || !data::is_audio_name(entry.path().filename().string())) continue;
    const auto [known, is_new] = files.emplace(entry.path().stem().string(), entry.path());
    const auto rank = [](const fs::path& file) { return std::pair(preference(file), file); };
    if (!is_new && rank(entry.path()) < rank(known->second)) known->second = entry.path();
  }
  std::vector<SourceFile> sources;
  for (const std::string& name : config::stem_names()) {
    auto found = files.find(name);
    const auto is_meant = [&](const auto& source) { return data::folded(source.first) == name; };
    if (found == files.end()) found = std::ranges::find_if(files, is_meant);  // "Vocals.wav"
    sources.push_back({name, found == files.end() ? fs::path() : found->second});
    if (found != files.end()) files.erase(found);
  }
  for (const auto& [name, file] : files) sources.push_back({name, file});
  return sources;
}

// The same; throws Error where one of the four is missing, or there is one that has no place among them.
std::vector<SourceFile> require_sources(const fs::path& folder, const std::string& track) {
  std::vector<SourceFile> sources = sources_in(folder);
  for (const auto& [source, file] : sources) {
    if (file.empty()) {
      throw Error("the stems of clip '" + track + "' lack the source '" + source + "'", folder.string(),
                  "add " + source + ".wav");
    }
    if (!has_place(source)) {
      throw Error(
          "the stems of clip '" + track + "' hold '" + source + "', which has no place beside the four",
          folder.string(), "remove " + file.filename().string());
    }
  }
  return sources;
}

// Stems of another sound than the clip's, such as of the whole song, would pass for its own.
[[noreturn]] void refuse_length(const fs::path& file, const ClipAudio& stem, double source_seconds) {
  char lengths[64];
  std::snprintf(lengths, sizeof lengths, "is %.2f s long, its clip %.2f s", stem.source_seconds,
                source_seconds);
  throw Error(lengths, file.string(), "separate the clip itself");
}

// A stem of the clip's file, of `source_seconds`, or of the part of it that is used.
ClipAudio read_clip_stem(const fs::path& file, const SoundPart& part, double source_seconds) {
  constexpr double tolerance = 0.2;  // lossy codecs pad
  ClipAudio stem = read_clip(file, part.seconds);
  const auto distance = [&](double seconds) { return std::abs(stem.source_seconds - seconds); };
  const double of_file = distance(source_seconds);
  const double of_part = distance(std::min(source_seconds - part.offset, part.seconds));
  if (std::min(of_file, of_part) > tolerance) refuse_length(file, stem, source_seconds);
  return part.offset > 0.0 && of_file < of_part ? read_clip(file, part) : stem;
}

template <class Read>
Stems read_stems(const fs::path& folder, const std::string& track, const Read& read) {
  Stems stems;
  for (const auto& [source, file] : require_sources(folder, track))
    add_source(stems, source, std::move(read(file).samples));
  return stems;
}

Stems shifted(const Stems& stems, int semitones) {
  const auto shift = [&](const std::vector<float>& stem) { return pitch_shift(stem, study_rate, semitones); };
  return {shift(stems.vocals), shift(stems.drums), shift(stems.bass), shift(stems.other)};
}

}  // namespace

StemDirectory::StemDirectory(const fs::path& directory, const config::ClipGeometry& clip)
    : clips_(directory), clip_(clip), segments_(clip) {
  if (!fs::is_directory(directory)) {
    throw Error("is not a directory of stems", directory.string(), "set features.ehc.stems.path");
  }
}

void StemDirectory::open(const PitchVariants& variants) {
  variants_ = &variants;
  originals_.reset();
  residual_ = {};
}

Stems StemDirectory::read_clip_stems(const fs::path& folder, std::size_t variant) {
  Stems stems = read_stems(folder, variants_->track, [&](const fs::path& file) {
    return read_clip_stem(file, part_of(clip_), variants_->source_seconds);
  });
  residual_.add(stems, variants_->samples[variant]);
  return stems;
}

ClipTimbre StemDirectory::timbre_of_segments(const std::vector<fs::path>& folders, std::size_t variant) {
  const std::span<const float> mix = variants_->samples[variant];
  ClipTimbre levels;
  for (std::size_t segment = 0; segment < segments_.count; ++segment) {
    const Stems stems = read_stems(folders[segment], variants_->track,
                                   [&](const fs::path& file) { return read_clip(file, clip_.segment); });
    residual_.add(stems, segments_.of(mix, segment));
    levels.push_back(timbre(decibels(stems), 0, segments_.samples));
  }
  return levels;
}

// The original comes first among the variants.
ClipTimbre StemDirectory::levels(std::size_t variant, const ClipSpectrum&) {
  const int semitones = variants_->semitones[variant];
  const StemFolders found = require_folders(clips_, variants_->track, semitones, segments_);
  if (found.folders.size() > 1) return timbre_of_segments(found.folders, variant);
  if (!found.to_be_shifted) return clip_timbre(read_clip_stems(found.folders.front(), variant), segments_);
  if (!originals_) originals_ = read_clip_stems(found.folders.front(), 0);
  return clip_timbre(shifted(*originals_, semitones), segments_);
}

void require_stems(const data::FolderEntries& clips, const std::string& track,
                   const std::vector<int>& semitones, const config::ClipGeometry& clip) {
  for (const int n : semitones) {
    for (const fs::path& folder : require_folders(clips, track, n, Segments(clip)).folders)
      require_sources(folder, track);
  }
}

std::string stem_files_hash(const data::FolderEntries& clips, const std::string& track,
                            const std::vector<int>& semitones, data::KnownFiles& known,
                            const config::ClipGeometry& clip) {
  std::set<fs::path> folders;
  for (const int n : semitones) {
    const StemFolders found = find_folders(clips, track, n, Segments(clip));
    folders.insert(found.folders.begin(), found.folders.end());
  }
  data::Hasher hasher;
  for (const fs::path& folder : folders) {
    hasher.add(folder.filename().string());
    for (const auto& [source, file] : sources_in(folder)) {
      hasher.add(file.filename().string());
      if (!file.empty()) hasher.add(known.checksum(file));
    }
  }
  return hasher.hex();
}

}  // namespace musicmem::features
