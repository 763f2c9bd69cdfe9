// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/explain/sound_explainer.h"

#include "config/counted.h"
#include "config/error.h"
#include "data/files/csv.h"
#include "launcher/explain/attribution_figures.h"
#include "launcher/text/markup.h"
#include "weights/pth_file.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace musicmem::launcher {
namespace {

using data::format_number;
constexpr std::size_t bins = models::spectrogram_bins;

// Raised whenever the same inputs would give other values.
constexpr const char* version = "1";

// The original of each track; `none` for tracks without.
std::vector<std::size_t> originals(const data::SegmentTable& rows, std::size_t none) {
  std::vector<std::size_t> row_of_track(rows.tracks.size(), none);
  for (std::size_t row = 0; row < rows.row_track.size(); ++row) {
    if (rows.row_semitones[row] == 0) row_of_track[static_cast<std::size_t>(rows.row_track[row])] = row;
  }
  return row_of_track;
}

std::string clips_csv_row(const ExplainedClip& clip, const PlannedFit& fit,
                          const models::SpectrogramAttribution& attribution) {
  const double sum = attribution.score - attribution.base + attribution.gap();
  return clip.name + "," + data::csv_field(clip.track) + "," + std::to_string(fit.fold) + "," + fit.seed +
         "," + format_number(clip.label) + "," + format_number(attribution.score) + "," +
         format_number(attribution.base) + "," + format_number(sum) + "\n";
}

void add(models::SpectrogramAttribution& mean, const models::SpectrogramAttribution& part, double share) {
  mean.values.resize(part.values.size(), 0.0);
  for (std::size_t i = 0; i < part.values.size(); ++i) mean.values[i] += share * part.values[i];
  mean.score += share * part.score;
  mean.base += share * part.base;
}

std::string clips_text(const std::vector<ExplainedClip>& clips, const std::string& target) {
  std::string text = fmt::format("{:<10}  {:>10}  {:>10}  {:>12}  {}\n", "clip", "prediction", target,
                                 "average clip", "track");
  for (const ExplainedClip& clip : clips) {
    text += fmt::format("{:<10}  {:>10.4f}  {:>10.4f}  {:>12.4f}  {}\n", clip.name, clip.attribution.score,
                        clip.label, clip.attribution.base, clip.track);
  }
  return text;
}

std::string warning_of_gaps(const std::vector<ExplainedClip>& clips, const std::string& target) {
  constexpr double largest_gap = 0.05;
  const auto rough = std::ranges::count_if(clips, [&](const ExplainedClip& clip) {
    return std::abs(clip.attribution.gap()) >
           largest_gap * std::abs(clip.attribution.score - clip.attribution.base);
  });
  if (rough == 0) return "";
  return fmt::format(
      "for {} the attributions do not sum to the change in {} within {:.0f} %; more --points bring them "
      "closer",
      counted(static_cast<std::size_t>(rough), "clip"), target, 100.0 * largest_gap);
}

}  // namespace

std::vector<ExtremeClip> extreme_clips(const RunDirectory& run, const RunPlan& plan,
                                       const std::vector<PlannedFit>& fits, std::size_t count) {
  std::map<std::string, std::pair<double, double>> sums;  // of predictions, and their number
  for (const PlannedFit& fit : fits) {
    const PublishedFit published = read_published_fit(run.folds() / fit.directory, fit.hash);
    if (published.state != FitState::good) {
      throw Error("the fit " + fit.directory + " is missing or damaged", run.path().string(),
                  "run `musicmem train` on the experiment first");
    }
    for (const PredictionRow& row : published.rows) {
      sums[row.track].first += row.prediction;
      sums[row.track].second += 1.0;
    }
  }
  std::vector<std::pair<double, std::size_t>> ascending;
  for (std::size_t t = 0; t < plan.tracks.size(); ++t) {
    const auto found = sums.find(plan.tracks[t].name);
    if (found != sums.end()) ascending.emplace_back(found->second.first / found->second.second, t);
  }
  std::sort(ascending.begin(), ascending.end());
  count = std::min(count, ascending.size() / 2);
  std::vector<ExtremeClip> clips;
  for (std::size_t i = 0; i < count; ++i) clips.push_back({true, i + 1, ascending.rbegin()[i].second});
  for (std::size_t i = 0; i < count; ++i) clips.push_back({false, i + 1, ascending[i].second});
  return clips;
}

SoundExplainer::SoundExplainer(ExplainSubject subject, models::SpectrogramTable table,
                               const AttributionSettings& settings)
    : Explainer(std::move(subject)),
      settings_(settings),
      table_(std::move(table)),
      source_(table_, /*cache_bytes=*/0),
      row_of_track_(originals(table_.rows, table_.sample.size())) {
  const std::string name = "explain " + subject_.of.model + "/" + subject_.of.variant;
  for (const ExtremeClip& clip : extreme_clips(subject_.run, subject_.plan, subject_.fits, settings.clips)) {
    for (std::size_t f = 0; f < subject_.fits.size(); ++f) {
      if (!subject_.plan.tracks[clip.track].is_tested_in(subject_.fits[f].fold)) continue;
      add_task(f, name, "-track-" + std::to_string(clip.track) + ".h5", version,
               {static_cast<double>(clip.track), static_cast<double>(settings.points)});
      clip_of_task_.push_back(clip);
    }
  }
}

bool SoundExplainer::is_done(std::size_t task) const {
  models::SpectrogramAttribution known;
  return read_attribution(tasks_[task].file, tasks_[task].hash, known);
}

std::vector<float> SoundExplainer::spectrogram(std::size_t track) const {
  std::vector<float> values(table_.frames * bins);
  source_.read(row_of_track_[track], values.data());
  return values;
}

std::vector<float> SoundExplainer::mean_spectrum(int without_fold) const {
  constexpr std::size_t enough_clips = 256;
  std::vector<std::size_t> others;
  for (std::size_t t = 0; t < subject_.plan.tracks.size(); ++t) {
    const bool is_there = row_of_track_[t] < table_.sample.size();
    if (is_there && !subject_.plan.tracks[t].is_tested_in(without_fold)) others.push_back(t);
  }
  if (others.empty()) throw Error("the other folds have no clips", subject_.directory().string());
  std::vector<double> sums(bins, 0.0);
  const std::size_t taken = std::min(others.size(), enough_clips);
  for (std::size_t i = 0; i < taken; ++i) {
    const std::vector<float> values = spectrogram(others[i * others.size() / taken]);
    for (std::size_t v = 0; v < values.size(); ++v) sums[v % bins] += values[v];
  }
  std::vector<float> mean;
  mean.reserve(bins);
  const auto count = static_cast<double>(taken * table_.frames);
  for (const double sum : sums) mean.push_back(static_cast<float>(sum / count));
  return mean;
}

void SoundExplainer::explain(std::size_t task, FitWeights weights) const {
  const models::SsastPredictor predictor(weights::parse_pth(std::move(weights.bytes), weights.file.string()),
                                         {.of_own_fit = true});
  write_attribution(tasks_[task].file, tasks_[task].hash,
                    predictor.attribute(spectrogram(clip_of_task_[task].track),
                                        mean_spectrum(fit_of(task).fold), settings_.points));
}

Explainer::Findings SoundExplainer::findings() const {
  std::vector<ExplainedClip> clips;
  std::string csv = "clip,track,fold,seed,label,prediction,base,attributed\n";
  for (std::size_t first = 0; first < tasks_.size();) {
    const ExtremeClip& extreme = clip_of_task_[first];
    std::size_t end = first;
    while (end < tasks_.size() && clip_of_task_[end].track == extreme.track) ++end;
    ExplainedClip clip;
    clip.name = (extreme.highest ? "highest-" : "lowest-") + std::to_string(extreme.place);
    clip.track = subject_.plan.tracks[extreme.track].name;
    clip.label = subject_.plan.tracks[extreme.track].label;
    clip.highest = extreme.highest;
    clip.fbank = spectrogram(extreme.track);
    for (std::size_t i = first; i < end; ++i) {
      models::SpectrogramAttribution part;
      read_attribution(tasks_[i].file, tasks_[i].hash, part);
      csv += clips_csv_row(clip, fit_of(i), part);
      add(clip.attribution, part, 1.0 / static_cast<double>(end - first));
    }
    clips.push_back(std::move(clip));
    first = end;
  }
  return {{{"clips.csv", csv},
           {"bands.csv", bands_csv(clips)},
           {"attributions.h5", attributions_h5(clips, settings_.points, subject_.of.target)}},
          attribution_figures(subject_.of, clips),
          {clips_text(clips, subject_.of.target), warning_of_gaps(clips, subject_.of.target)}};
}

}  // namespace musicmem::launcher
