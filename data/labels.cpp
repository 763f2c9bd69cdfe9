// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/labels.h"

#include "config/error.h"
#include "data/clip_files.h"
#include "data/files/csv.h"
#include "data/files/folder_entries.h"
#include "data/files/names.h"
#include "data/track_columns.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;

bool names_nothing(const std::string& track) {
  const std::string name = without_folder(track);
  return name.empty() || name == "." || name == "..";
}

// How many labels were read otherwise than they are written, in one respect.
struct Tolerated {
  bool Spelling::*respect;
  const char* one;
  const char* many;
  std::size_t count = 0;
  std::string example;
};

class Tolerance {
 public:
  void count(const Spelling& spelling, const std::string& track, const fs::path& file) {
    for (Tolerated& entry : entries_) {
      if (!(spelling.*entry.respect)) continue;
      if (entry.count++ == 0) entry.example = "'" + track + "' for '" + file.filename().string() + "'";
    }
  }

  std::vector<std::string> notes() const {
    std::vector<std::string> lines;
    for (const Tolerated& entry : entries_) {
      if (entry.count == 0) continue;
      lines.push_back(std::to_string(entry.count) + " " + (entry.count == 1 ? entry.one : entry.many) +
                      ", such as " + entry.example);
    }
    return lines;
  }

 private:
  std::array<Tolerated, 5> entries_ = {{
      {&Spelling::extension, "label matched without its extension", "labels matched without their extension",
       0, ""},
      {&Spelling::folder, "label matched without its folder", "labels matched without their folder", 0, ""},
      {&Spelling::capitals, "label matched but for the capitals of its extension",
       "labels matched but for the capitals of their extension", 0, ""},
      {&Spelling::blanks, "label matched without the blanks around it",
       "labels matched without the blanks around them", 0, ""},
      {&Spelling::unseen, "label matched without the characters in it that cannot be seen",
       "labels matched without the characters in them that cannot be seen", 0, ""},
  }};
};

[[noreturn]] void refuse_two_labels_of(const fs::path& file, const std::string& a, const std::string& b) {
  throw Error("labels '" + a + "' and '" + b + "' both name the file " + file.filename().string(),
              file.parent_path().string(), "keep one of the two rows");
}

}  // namespace

LabelTable scan_labels(const fs::path& path, const TrackColumns& columns) {
  const CsvFile csv(path, known_columns(columns));
  const std::size_t track = csv.column("track");
  TrackReader reader(csv, columns);
  if (csv.rows() == 0)
    throw Error("names no track", path.string(), "add rows below the header track," + columns.target);
  SeenNames seen;
  LabelTable table;
  table.note = csv.note();
  table.has_groups = reader.has_groups();
  table.ignored = reader.ignored({"track"});
  for (std::size_t row = 0; row < csv.rows(); ++row) {
    const std::string& name = csv.field(row, track);
    if (names_nothing(name)) {
      table.faults.push_back({"track is not the name of a file", "'" + name + "' is not the name of a file",
                              "give the file name of the clip", csv.place(row), name});
      continue;
    }
    if (const std::string fault = seen.add(name, csv.line(row)); !fault.empty()) {
      table.faults.push_back(
          {"track is given twice", "track " + fault, "keep one of the rows", csv.place(row), fault});
      continue;
    }
    Label label{name};
    if (const std::optional<RowFault> fault = reader.read(row, label)) {
      table.faults.push_back({fault->problem, fault->detail, fault->advice, csv.place(row), name});
    } else {
      table.labels.push_back(std::move(label));
    }
  }
  return table;
}

LabelTable read_labels(const fs::path& path, const TrackColumns& columns) {
  LabelTable table = scan_labels(path, columns);
  if (!table.faults.empty()) {
    const LabelFault& first = table.faults.front();
    throw Error(first.detail, first.place, first.advice);
  }
  return table;
}

LabelledClips match_labels(std::vector<Label> labels, const fs::path& directory) {
  if (!fs::is_directory(as_spelled(directory))) {
    throw Error("is not a directory", directory.string(), "set data.audio to the folder of the clips");
  }
  if (labels.empty()) throw Error("there is no label to find clips for", directory.string(), "add labels");
  ClipFolders files(directory);
  LabelledClips clips;
  Tolerance tolerance;
  std::unordered_map<std::string, const std::string*> label_of;  // file name, track
  for (const Label& label : labels) {
    const FoundClip found = files.find(label.track);
    const std::string name = found.file.empty() ? "" : files.name_of(found.file);
    clips.audio.push_back(found.file);
    clips.problems.push_back(found.problem);
    clips.names.push_back(nfc(found.file.empty() ? without_folder(label.track) : name));
    if (found.file.empty()) continue;
    const auto [first, is_new] = label_of.emplace(name, &label.track);
    if (!is_new) refuse_two_labels_of(found.file, *first->second, label.track);
    tolerance.count(found.spelling, label.track, found.file);
  }
  if (label_of.empty()) {
    const std::string& cause = clips.problems[0];
    throw Error(
        "holds none of the " + std::to_string(labels.size()) + " labelled clips, such as " + labels[0].track,
        directory.string(), cause.empty() ? "set data.audio to the folder of the clips" : cause);
  }
  const std::vector<std::string> names = files.names();
  std::ranges::copy_if(names, std::back_inserter(clips.unlabelled), [&](const std::string& name) {
    return is_audio_name(without_folder(name)) && !label_of.contains(name);
  });
  clips.notes = tolerance.notes();
  clips.labels = std::move(labels);
  return clips;
}

}  // namespace musicmem::data
