// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/design_check.h"

#include "config/fit_settings.h"
#include "config/io_error.h"
#include "features/sources/emotion_model.h"
#include "launcher/study/study.h"
#include "models/kinds/model_kinds.h"
#include "models/protocol/folds.h"
#include "models/statistics/metrics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>

namespace musicmem::launcher {
namespace {

std::string rounded(double value) {
  return fmt::format("{:.2g}", value);
}

double standard_deviation(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / n);
}

void look_at_order(const Study& study, std::vector<std::string>& warnings) {
  const config::CrossValidation& cv = study.experiment.cross_validation;
  if (cv.shuffle || cv.stratify || study.labels.size() < 2) return;
  std::vector<double> rows(study.labels.size());
  std::iota(rows.begin(), rows.end(), 0.0);
  constexpr double one_in_a_thousand = 3.29;  // standard deviations, on both sides
  const double limit = std::max(0.2, one_in_a_thousand / std::sqrt(static_cast<double>(rows.size()) - 1.0));
  const double correlation = models::spearman(rows, study.labels).value_or(0.0);
  if (std::abs(correlation) <= limit) return;
  warnings.push_back("scores correlate with the order of the rows (Spearman " + rounded(correlation) +
                     "), and the folds keep that order: models will seem worse than they are" +
                     (cv.protocol == config::Protocol::audmem ? "; bring the rows into a random order"
                                                              : "; set cross_validation.shuffle=0"));
}

void look_at_fold_size(const Study& study, std::vector<std::string>& warnings) {
  constexpr std::size_t enough = 8;
  const auto folds = static_cast<std::size_t>(count_folds(study));
  std::vector<std::size_t> sizes(folds, 0);
  for (const int fold : models::assign_folds(fold_tracks(study), study.experiment.cross_validation)) {
    if (fold != models::never_tested) ++sizes[static_cast<std::size_t>(fold)];
  }
  const std::size_t smallest = *std::min_element(sizes.begin(), sizes.end());
  if (smallest >= enough) return;
  const std::size_t fitting = study.tracks.size() / enough;
  warnings.push_back("folds of " + std::to_string(smallest) + (smallest == 1 ? " track" : " tracks") +
                     " are small, their correlations are mostly chance; use " +
                     (fitting < 2 ? "" : "at most " + std::to_string(fitting) + " folds or ") +
                     "more tracks");
}

void look_at_groups(const Study& study, std::vector<std::string>& warnings) {
  if (study.experiment.cross_validation.groups.ignored) {
    warnings.push_back(
        "cross_validation.groups: ignore: tracks of one group may stand on both sides of a split, which makes "
        "models seem better than they are on new groups");
  }
  if (study.groups.empty()) return;
  std::map<std::string, std::size_t> sizes;
  for (const std::string& group : study.groups) ++sizes[group];
  const auto largest = std::max_element(sizes.begin(), sizes.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; });
  const std::size_t even = study.tracks.size() / static_cast<std::size_t>(count_folds(study));
  if (largest->second <= 2 * even || sizes.size() == 1) return;
  warnings.push_back(
      fmt::format("group '{}' holds {} of {} tracks: the fold that tests it is that large, and its "
                  "models learn from few",
                  largest->first, largest->second, study.tracks.size()));
}

void look_at_models(const Study& study, std::vector<std::string>& warnings) {
  const double deviation = standard_deviation(study.labels);
  if (deviation == 0.0) return;
  for (const config::ModelSpec& model : study.experiment.models) {
    const models::ModelKind& kind = models::kind_of(model.name);
    const std::string warning =
        kind.settings_warning != nullptr ? kind.settings_warning(model, deviation) : "";
    if (!warning.empty()) warnings.push_back(warning);
  }
}

void look_at_target_lengths(const Study& study, std::vector<std::string>& warnings) {
  constexpr double frames_a_second = 100.0;
  const config::Features& features = study.experiment.features;
  for (const config::ModelSpec& model : study.experiment.models) {
    if (!config::takes_spectrograms(model)) continue;
    const bool by_segment = model.ssast.input == config::SsastInput::segment;
    const double seconds = by_segment ? features.clip.segment : features.clip.seconds;
    const double heard = config::target_length_of(model.ssast, features) / frames_a_second;
    if (heard > seconds / 2.0) continue;
    warnings.push_back(fmt::format("{}: hears only the first {:.2f} s of {} of {} s; raise its target_length",
                                   model.label, heard, by_segment ? "segments" : "clips", seconds));
  }
}

void look_at_emotion(const Study& study, std::vector<std::string>& warnings) {
  const config::Features& features = study.experiment.features;
  if (features.ehc.emotion.source != config::Emotion::Source::model || !has_side_inputs(study.experiment))
    return;
  try {
    const double seconds = features::read_emotion_model(features.ehc.emotion.path).clip_seconds;
    if (seconds == features.clip.seconds) return;
    warnings.push_back(
        fmt::format("the emotion model was trained on clips of {} s, the study's last {} s; train one "
                    "with `musicmem emotion train --study`",
                    seconds, features.clip.seconds));
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    // What makes the features says what is wrong with the file.
  }
}

}  // namespace

std::vector<std::string> design_warnings(const Study& study) {
  std::vector<std::string> warnings;
  if (study.labels.empty()) return warnings;
  look_at_order(study, warnings);
  look_at_fold_size(study, warnings);
  look_at_groups(study, warnings);
  look_at_models(study, warnings);
  look_at_target_lengths(study, warnings);
  look_at_emotion(study, warnings);
  return warnings;
}

}  // namespace musicmem::launcher
