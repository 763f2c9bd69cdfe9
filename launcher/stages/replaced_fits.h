// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/run/run_directory.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace musicmem::config {
struct Experiment;
}

// Whether a start would replace or drop fits that earlier starts have finished, and why. Nobody loses hours
// of work to a changed setting without having said so.
namespace musicmem::launcher {

struct FitTask;
struct PreparedFeatures;
struct Study;

struct Cause {
  std::string what;    // "cross_validation.folds", "labels.csv"
  std::string change;  // "5 -> 4", "changed"
};

struct ReplacedFits {
  std::size_t finished = 0;  // fits of the run's last plan that are on disk
  std::size_t replaced = 0;  // of them: planned again, with another result
  std::size_t dropped = 0;   // of them: planned no more
  std::vector<Cause> causes;

  // Fits made anew only because clips that had failed have features now. They are what the start is for, and
  // do not count above.
  std::size_t healed = 0;
  std::vector<std::string> healed_by;  // these clips

  bool any() const { return replaced + dropped > 0; }
  // "would replace 15 of 21 finished fits: cross_validation.folds 5 -> 4, labels.csv changed"
  std::string text() const;
  // "6 finished fits are made anew: clip02.wav has features now"
  std::string healed_text() const;
};

// What can be told from settings, labels and the run's last plan, before features are
// looked at. Nothing where there is no plan, or none that can be read. Fits that failed, or
// whose clips failed, are not finished.
ReplacedFits fits_to_be_replaced(const RunDirectory& run, const Study& study);

// The same for certain, once all fits are known.
ReplacedFits fits_to_be_replaced(const RunDirectory& run, const Study& study,
                                 const std::vector<PreparedFeatures>& prepared,
                                 const std::vector<FitTask>& fits);

// Throws Error, with the advice to take another run directory or --replace, where any fit would be replaced.
void refuse_to_replace(const ReplacedFits& fits, const RunDirectory& run);

// Moves fits of folds/ that are not in the plan to stale_fits(); where `replaces_others`, those of the plan
// that are finished but of another hash as well. Returns them by their directories below folds/.
std::vector<std::filesystem::path> set_stale_fits_aside(const RunDirectory& run,
                                                        const config::Experiment& experiment,
                                                        const std::vector<FitTask>& fits,
                                                        bool replaces_others);

// Where fits go that are replaced or dropped: folds/.stale, which no reader looks into.
std::filesystem::path stale_fits(const RunDirectory& run);

}  // namespace musicmem::launcher
