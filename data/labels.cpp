// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/labels.h"

#include "config/error.h"
#include "data/csv.h"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace musicmem::data {
namespace fs = std::filesystem;

bool is_audio_name(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  static const std::set<std::string> known = {
      ".3gp", ".aac",  ".ac3",  ".aif", ".aifc", ".aiff", ".ape", ".au",   ".avi",  ".bwf",
      ".caf", ".flac", ".flv",  ".m4a", ".m4b",  ".m4v",  ".mka", ".mkv",  ".mov",  ".mp2",
      ".mp3", ".mp4",  ".mpeg", ".mpg", ".oga",  ".ogg",  ".ogv", ".opus", ".rf64", ".snd",
      ".spx", ".tta",  ".w64",  ".wav", ".webm", ".wma",  ".wmv", ".wv"};
  return known.contains(extension) && !path.filename().string().starts_with("._");
}

std::vector<Label> read_labels(const fs::path& path) {
  const CsvFile csv(path);
  const std::size_t track = csv.column("track");
  const std::size_t score = csv.column("score");
  std::vector<Label> labels;
  std::unordered_map<std::string, std::size_t> first_line;
  for (std::size_t row = 0; row < csv.rows(); ++row) {
    const std::string& name = csv.field(row, track);
    if (name.empty() || name.find('/') != std::string::npos || name == "." || name == "..") {
      throw Error("'" + name + "' is not the name of a file", csv.place(row),
                  "give the file name of the clip");
    }
    const auto [seen, is_new] = first_line.emplace(name, csv.line(row));
    if (!is_new) {
      throw Error("track '" + name + "' was already given in line " + std::to_string(seen->second),
                  csv.place(row), "keep one of the two");
    }
    const double value = csv.number(row, score);
    if (value < 0.0 || value > 1.0) {
      throw Error("score " + csv.field(row, score) + " lies outside [0, 1]", csv.place(row),
                  "give the share of listeners who recognised the clip");
    }
    labels.push_back({name, value});
  }
  if (labels.empty()) throw Error("names no track", path.string(), "add rows below the header track,score");
  return labels;
}

LabelledClips match_labels(std::vector<Label> labels, const fs::path& directory) {
  if (!fs::is_directory(directory)) {
    throw Error("is not a directory", directory.string(), "set data.audio to the folder of the clips");
  }
  if (labels.empty()) throw Error("there is no label to find clips for", directory.string(), "add labels");
  LabelledClips clips;
  std::set<std::string> labelled;
  std::size_t found = 0;
  for (const Label& label : labels) {
    const fs::path path = directory / label.track;
    std::error_code unusable;
    const bool exists = fs::exists(path, unusable);
    found += exists ? 1 : 0;
    labelled.insert(label.track);
    clips.audio.push_back(exists ? path : fs::path());
  }
  if (found == 0) {
    throw Error(
        "holds none of the " + std::to_string(labels.size()) + " labelled clips, such as " + labels[0].track,
        directory.string(), "set data.audio to the folder of the clips");
  }
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && is_audio_name(entry.path()) && !labelled.contains(name)) {
      clips.unlabelled.push_back(name);
    }
  }
  std::sort(clips.unlabelled.begin(), clips.unlabelled.end());
  clips.labels = std::move(labels);
  return clips;
}

std::string youtube_id(const std::string& track) {
  constexpr std::size_t id_length = 11;
  const std::string stem = fs::path(track).stem().string();
  return stem.size() <= id_length ? stem : stem.substr(stem.size() - id_length);
}

}  // namespace musicmem::data
