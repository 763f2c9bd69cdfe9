// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/store/prepare_clip.h"
#include "launcher/results/clip_prediction.h"
#include "launcher/results/out_of_fold.h"
#include "models/kinds/model_kinds.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace musicmem::launcher {

using SetFiles = std::map<std::string, std::filesystem::path>;  // of sets that were made elsewhere, by name

// Trained models that vote on clips, of any one kind. What a user should know of them and of a clip is said
// on standard error.
class Ensemble {
 public:
  // Every good fit of a run's model and variant; where they are empty, of the first model that looks
  // at features and of the variant that stands for its model. Throws Error where the run has no such fit. `sets`:
  // of the clips to come, all that were made elsewhere.
  static Ensemble of_run(const std::filesystem::path& run, const std::string& model,
                         const std::string& variant, const SetFiles& sets);
  // One weights file; throws Error where its model is not of the kind `model`, unless that is empty.
  static Ensemble of_file(const std::filesystem::path& file, const std::string& model,
                          const models::SsastAnswers& answers, const SetFiles& sets);

  // Whether clips are scored by the sets that were given alone: they need not be there.
  bool needs_no_audio() const;
  // What these sets hold, by name.
  std::vector<std::string> names_in_sets() const;

  // The mean of the votes, beside what the run knows of its own clips. Throws Error where the clip cannot be
  // scored or, if `explains`, no reasons can be given.
  ClipPrediction predict(const std::string& clip, bool explains);

 private:
  void begin(const SetFiles& sets);
  models::ClipFeatures extract(const std::string& path, const features::ClipAudio* audio) const;
  void tell_of_known_clip(ClipPrediction& prediction, const std::string& path, bool has_audio) const;

  config::Features features_;  // how those that the models learned from were made
  std::vector<std::unique_ptr<models::Predictor>> members_;
  std::unique_ptr<features::ClipPreparer> preparer_;
  std::vector<double> study_scores_;  // of the run's tracks
  OutOfFold out_of_fold_;             // of the run's fits
  KnownClips known_;                  // of the run
};

}  // namespace musicmem::launcher
