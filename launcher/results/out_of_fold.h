// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/study/run_plan.h"
#include "models/statistics/bootstrap.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::launcher {

// What a run's fits predicted of the tracks that each was not trained on.
struct OutOfFold {
  std::map<std::string, double> scores;  // of each tested track, mean over seeds
  std::vector<double> residuals;         // label - prediction of every track and seed, ascending

  // Where the score of a new clip lies with a probability of 95 %, as far as the study's clips tell: `score`
  // and the 2.5 % and 97.5 % quantiles of the residuals. Empty where there are none.
  std::optional<models::Interval> interval_around(double score) const;
};

// A track of the run and what the models that were not trained on it say of it.
struct KnownTrack {
  std::string name;
  std::optional<double> score;  // empty for a track that was never tested
};

// What is said of a clip that is these tracks, at least one, after its name and "is": which of them the score
// in the column out_of_fold is of, and the scores of the others.
std::string known_clip_text(const std::vector<KnownTrack>& tracks);

// The same of a row of arrays that is called as `track`: what it holds is not compared.
std::string known_name_text(const KnownTrack& track);

// The run's own clips, by the checksums of their bytes and by their names.
class KnownClips {
 public:
  KnownClips() = default;
  KnownClips(const RunPlan& plan, const OutOfFold& out_of_fold);

  bool empty() const { return tracks_.empty(); }
  // The track that is called so, with its extension or without; none where several are.
  std::optional<KnownTrack> named(const std::string& name) const;
  // All tracks whose file has these bytes, first the one that is called as `file` is, else one with a score.
  // Tracks in different folds that share a file were trained on by each other's models.
  std::vector<KnownTrack> find(const std::string& checksum, const std::filesystem::path& file) const;

 private:
  std::multimap<std::string, KnownTrack> tracks_;  // with audio, by its checksum
  std::multimap<std::string, KnownTrack> names_;   // all, by name and by name without extension
};

// Of the good ones among these fits, which are of one model and variant.
OutOfFold read_out_of_fold(const RunDirectory& run, const std::vector<PlannedFit>& fits);

}  // namespace musicmem::launcher
