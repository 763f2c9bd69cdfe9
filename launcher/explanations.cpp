// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/explanations.h"

#include "data/durable_file.h"

#include <algorithm>
#include <filesystem>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> sorted_entries(const fs::path& directory) {
  std::vector<fs::path> entries;
  if (!fs::is_directory(directory)) return entries;
  for (const auto& entry : fs::directory_iterator(directory)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

}  // namespace

std::vector<Explanation> read_explanations(const RunDirectory& run) {
  std::vector<Explanation> explanations;
  for (const fs::path& directory : sorted_entries(run.explain())) {
    Explanation explanation{directory.filename().string(), {}};
    for (const fs::path& picture : sorted_entries(directory / "figures")) {
      if (picture.extension() != ".svg") continue;
      explanation.pictures.emplace_back(picture.stem().string(), data::read_file(picture));
    }
    if (!explanation.pictures.empty()) explanations.push_back(std::move(explanation));
  }
  return explanations;
}

}  // namespace musicmem::launcher
