// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/results/out_of_fold.h"

#include "data/files/names.h"
#include "launcher/stages/fit_files.h"
#include "launcher/text/markup.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace musicmem::launcher {

namespace fs = std::filesystem;

std::optional<models::Interval> OutOfFold::interval_around(double score) const {
  if (residuals.empty()) return std::nullopt;
  constexpr double tail = 0.025;
  return models::Interval{score + models::quantile(residuals, tail),
                          score + models::quantile(residuals, 1.0 - tail)};
}

std::string known_clip_text(const std::vector<KnownTrack>& tracks) {
  const std::string& meant = tracks.front().name;
  std::string text = tracks.size() == 1 ? "the study's clip " : "the study's clips ";
  for (const KnownTrack& track : tracks) {
    text += (&track == &tracks.front() ? "'" : ", '") + track.name + "' (";
    text += track.score ? "out-of-fold score " + rounded(track.score) + ")" : "never tested)";
  }
  if (tracks.size() == 1) return text + ", some of these models were trained on it";
  return text + ", one file under several names: out_of_fold is that of '" + meant +
         "', by models that may have been trained on another of them";
}

std::string known_name_text(const KnownTrack& track) {
  return "called as the study's track '" + track.name + "' (" +
         (track.score ? "out-of-fold score " + rounded(*track.score) : "never tested") +
         "): if it is that track, some of these models were trained on it";
}

KnownClips::KnownClips(const RunPlan& plan, const OutOfFold& out_of_fold) {
  for (const PlannedTrack& track : plan.tracks) {
    const auto score = out_of_fold.scores.find(track.name);
    const KnownTrack known{track.name,
                           score != out_of_fold.scores.end() ? std::optional(score->second) : std::nullopt};
    if (!track.audio.empty()) tracks_.emplace(track.audio, known);
    const std::string name = data::nfc(track.name);
    const std::string stem = fs::path(name).replace_extension().string();
    names_.emplace(name, known);
    if (stem != name) names_.emplace(stem, known);
  }
}

std::optional<KnownTrack> KnownClips::named(const std::string& name) const {
  const auto [first, last] = names_.equal_range(data::nfc(name));
  if (first == last || std::next(first) != last) return std::nullopt;
  return first->second;
}

std::vector<KnownTrack> KnownClips::find(const std::string& checksum, const fs::path& file) const {
  std::vector<KnownTrack> found;
  const auto [first, last] = tracks_.equal_range(checksum);
  std::transform(first, last, std::back_inserter(found), [](const auto& entry) { return entry.second; });
  const std::string name = data::nfc(file.filename().string());
  const auto rank = [&](const KnownTrack& track) {
    return data::nfc(track.name) == name ? 0 : track.score ? 1 : 2;
  };
  std::ranges::stable_sort(found, {}, rank);
  return found;
}

OutOfFold read_out_of_fold(const RunDirectory& run, const std::vector<PlannedFit>& fits) {
  OutOfFold result;
  std::map<std::string, std::pair<double, int>> sums;
  for (const PlannedFit& fit : fits) {
    // Rows of a good fit only: others have none.
    for (const PredictionRow& row : read_published_fit(run.folds() / fit.directory, fit.hash).rows) {
      result.residuals.push_back(row.label - row.prediction);
      auto& [sum, count] = sums[row.track];
      sum += row.prediction;
      ++count;
    }
  }
  for (const auto& [track, sum] : sums) result.scores[track] = sum.first / sum.second;
  std::sort(result.residuals.begin(), result.residuals.end());
  return result;
}

}  // namespace musicmem::launcher
