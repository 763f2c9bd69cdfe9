// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/study/findings.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::config {
struct Experiment;
}

namespace musicmem::launcher {

struct Range {
  double least = 0.0;
  double most = 0.0;
};
void widen(std::optional<Range>& range, double value);

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

}  // namespace musicmem::launcher
