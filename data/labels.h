// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace musicmem::data {

struct Label {
  std::string track;  // file name of the clip
  double score;       // share of listeners who recognised it, [0, 1]
};

// Reads a labels CSV with the columns `track` and `score`, in file order. Throws Error with file and line for
// a missing column, a track that is given twice or names no file, and a score outside [0, 1].
std::vector<Label> read_labels(const std::filesystem::path& path);

// Labels beside the audio they stand for.
struct LabelledClips {
  std::vector<Label> labels;                 // study order
  std::vector<std::filesystem::path> audio;  // of each label; empty where the file is missing
  std::vector<std::string> unlabelled;       // audio files that no label names, sorted
};

// Whether a file's extension is one of sound, or of video, which has sound: in any case of letters. What
// macOS keeps beside files on other disks (._name) is none.
bool is_audio_name(const std::filesystem::path& path);

// Throws Error if the directory is missing or holds none of the labelled files.
LabelledClips match_labels(std::vector<Label> labels, const std::filesystem::path& audio_directory);

// The last 11 characters of the file stem: how the published table calls a track.
std::string youtube_id(const std::string& track);

}  // namespace musicmem::data
