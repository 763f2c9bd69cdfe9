// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::config {
struct ClipGeometry;
struct Experiment;
}  // namespace musicmem::config

namespace musicmem::launcher {

struct AdjustedClip;

// One class of problem, with everything that it was found in.
struct Finding {
  bool is_error = false;  // makes clips fail or the study impossible; others are worth a look
  std::string problem;    // "score outside [0, 1]"
  std::string advice;
  std::vector<std::string> places;        // clips, or lines of a file; empty for the study as a whole
  bool costs_clips_alone = false;         // an error that the study can do with
  std::vector<std::string> details = {};  // what it is at each of the places, where that says more

  std::size_t among = 0;  // how many such places there are, with and without it; 0 where that says nothing

  bool stops_the_study() const { return is_error && !costs_clips_alone; }
  // "label has no audio file (12, such as first.wav); add the file to data.audio or remove the label"
  // Of a single place with its detail: "score 1.2 lies outside [0, 1] (labels.csv:4 (a.wav)); ..."
  std::string text() const;
  std::string place_text(std::size_t index) const;  // with its detail
};

struct Range {
  double least = 0.0;
  double most = 0.0;
};

// What a study's data is like, found without changing anything.
struct StudyCheck {
  std::vector<Finding> findings;  // what stops the study first, then what costs clips
  std::size_t tracks = 0;
  int folds = 0;  // 0 where they cannot be cut
  Range scores;
  Range seconds;                        // durations; of audio studies
  std::vector<std::string> rates;       // "44100 Hz, 2 channels: 12 clips"
  std::vector<std::string> pretrained;  // how each file of pre-trained weights is read

  bool can_run() const;
  bool costs_clips() const;  // which a start names as failed tasks
};

// What a check reads: settings, labels and the names of files, or every clip whole as well.
enum class CheckDepth { names, sound };

// Never throws for what is wrong with the data: that is a finding.
StudyCheck check_study(const config::Experiment& experiment, CheckDepth depth = CheckDepth::sound);

// Clips that are one file under several names: folds share it, and a model is tested on what it was trained
// on. Nothing where there are none. `checksums`: of each track's bytes, empty where they are not known.
std::optional<Finding> find_equal_clips(const std::vector<std::string>& tracks,
                                        const std::vector<std::string>& checksums);

// Clips whose length was brought to that of all, one finding for those that were padded and one for those that
// were trimmed. `all`: clips of the study.
std::vector<Finding> find_adjusted_clips(const std::vector<AdjustedClip>& clips, std::size_t all,
                                         const config::ClipGeometry& geometry);

// Rough needs of a study of so many tracks and folds.
struct StudyNeeds {
  std::uint64_t feature_bytes = 0;    // on disk: shards and the compacted file
  std::uint64_t run_bytes = 0;        // on disk: predictions and weights of all fits
  std::uint64_t memory_per_rank = 0;  // of the largest task
};
StudyNeeds estimate_needs(const config::Experiment& experiment, std::size_t tracks, int folds);

}  // namespace musicmem::launcher
