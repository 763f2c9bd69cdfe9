// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

// What is wrong with a study's data, or worth a look.
namespace musicmem::config {
struct ClipGeometry;
}

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

// Findings by class, in the order in which the classes were met.
class Findings {
 public:
  Finding& add(bool is_error, const std::string& problem, const std::string& advice, const std::string& place,
               const std::string& detail = "");
  void add(const Finding& finding) { findings_.push_back(finding); }
  void error(const std::string& problem, const std::string& advice, const std::string& place,
             const std::string& detail = "") {
    add(true, problem, advice, place, detail);
  }
  // An error of one clip, which the study does without.
  void clip_error(const std::string& problem, const std::string& advice, const std::string& place) {
    add(true, problem, advice, place).costs_clips_alone = true;
  }
  void note(const std::string& problem, const std::string& advice, const std::string& place) {
    add(false, problem, advice, place);
  }
  // What stops the study first, then what costs clips.
  std::vector<Finding> take();

 private:
  std::vector<Finding> findings_;
};

// Clips that are one file under several names: folds share it, and a model is tested on what it was trained
// on. Nothing where there are none. `checksums`: of each track's bytes, empty where they are not known.
std::optional<Finding> find_equal_clips(const std::vector<std::string>& tracks,
                                        const std::vector<std::string>& checksums);

// Clips whose length was brought to that of all, one finding for those that were padded and one for those that
// were trimmed. `all`: clips of the study.
std::vector<Finding> find_adjusted_clips(const std::vector<AdjustedClip>& clips, std::size_t all,
                                         const config::ClipGeometry& geometry);

}  // namespace musicmem::launcher
