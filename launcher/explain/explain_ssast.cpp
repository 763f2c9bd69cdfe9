// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/explain/explain_ssast.h"

#include "config/error.h"
#include "data/files/csv.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "launcher/explain/attribution_figures.h"
#include "launcher/explain/explain_fit.h"
#include "launcher/explain/explanations.h"
#include "weights/pth_file.h"

#include <algorithm>
#include <map>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using data::format_number;
constexpr std::size_t bins = models::spectrogram_bins;

// Raised whenever the same inputs would give other values.
constexpr const char* attribution_version = "1";

std::string hash_of(const RunDirectory& run, const PlannedFit& fit, std::size_t track,
                    const AttributionSettings& settings) {
  data::Hasher hasher;
  hasher.add(attribution_version)
      .add(fit.hash)
      .add(read_fit_record(run.folds() / fit.directory).weights_checksum);
  return hasher.add_number(static_cast<double>(track)).add_number(settings.points).hex();
}

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

SsastExplanation::SsastExplanation(const RunDirectory& run, const RunPlan& plan, const ExplainedModel& of,
                                   const std::vector<PlannedFit>& fits, const models::SpectrogramTable& table,
                                   const AttributionSettings& settings)
    : run_(run),
      plan_(plan),
      of_(of),
      fits_(fits),
      settings_(settings),
      directory_(run.explain() / of.name),
      source_(table, /*cache_bytes=*/0),
      row_of_track_(originals(table.rows, table.sample.size())) {
  for (const ExtremeClip& clip : extreme_clips(run, plan, fits, settings.clips)) {
    for (std::size_t f = 0; f < fits.size(); ++f) {
      if (fits[f].fold != plan.tracks[clip.track].fold) continue;
      const std::string name = "seed-" + fits[f].seed + "-fold-" + std::to_string(fits[f].fold) + "-track-" +
                               std::to_string(clip.track) + ".h5";
      tasks_.push_back({clip, f, directory_ / "parts" / name, hash_of(run, fits[f], clip.track, settings)});
    }
  }
}

std::vector<std::size_t> SsastExplanation::tasks_left() const {
  std::vector<std::size_t> left;
  for (std::size_t t = 0; t < tasks_.size(); ++t) {
    models::SpectrogramAttribution known;
    if (!read_attribution(tasks_[t].file, tasks_[t].hash, known)) left.push_back(t);
  }
  return left;
}

std::vector<float> SsastExplanation::spectrogram(std::size_t track) const {
  const models::SpectrogramTable& table = source_.table();
  std::vector<float> values(table.frames * bins);
  source_.read(row_of_track_[track], values.data());
  return values;
}

std::vector<float> SsastExplanation::mean_spectrum(int without_fold) const {
  constexpr std::size_t enough_clips = 256;
  std::vector<std::size_t> others;
  for (std::size_t t = 0; t < plan_.tracks.size(); ++t) {
    const bool is_there = row_of_track_[t] < source_.table().sample.size();
    if (is_there && plan_.tracks[t].fold != without_fold) others.push_back(t);
  }
  if (others.empty()) throw Error("the other folds have no clips", directory_.string());
  std::vector<double> sums(bins, 0.0);
  const std::size_t taken = std::min(others.size(), enough_clips);
  for (std::size_t i = 0; i < taken; ++i) {
    const std::vector<float> values = spectrogram(others[i * others.size() / taken]);
    for (std::size_t v = 0; v < values.size(); ++v) sums[v % bins] += values[v];
  }
  std::vector<float> mean;
  mean.reserve(bins);
  const auto count = static_cast<double>(taken * source_.table().frames);
  for (const double sum : sums) mean.push_back(static_cast<float>(sum / count));
  return mean;
}

void SsastExplanation::compute(std::size_t task) const {
  const Task& t = tasks_[task];
  const PlannedFit& fit = fits_[t.fit];
  FitWeights weights = weights_to_explain(run_, fit);
  const models::SsastPredictor predictor(weights::parse_pth(std::move(weights.bytes), weights.file.string()),
                                         {.of_own_fit = true});
  write_attribution(
      t.file, t.hash,
      predictor.attribute(spectrogram(t.clip.track), mean_spectrum(fit.fold), settings_.points));
}

std::vector<ExplainedClip> SsastExplanation::write() const {
  std::vector<ExplainedClip> clips;
  std::string csv = "clip,track,fold,seed,label,prediction,base,attributed\n";
  for (std::size_t first = 0; first < tasks_.size();) {
    std::size_t end = first;
    while (end < tasks_.size() && tasks_[end].clip.track == tasks_[first].clip.track) ++end;
    const ExtremeClip& extreme = tasks_[first].clip;
    ExplainedClip clip;
    clip.name = (extreme.highest ? "highest-" : "lowest-") + std::to_string(extreme.place);
    clip.track = plan_.tracks[extreme.track].name;
    clip.label = plan_.tracks[extreme.track].label;
    clip.highest = extreme.highest;
    clip.fbank = spectrogram(extreme.track);
    for (std::size_t i = first; i < end; ++i) {
      models::SpectrogramAttribution part;
      if (!read_attribution(tasks_[i].file, tasks_[i].hash, part)) {
        throw Error("the explanation of a fit is missing", fits_[tasks_[i].fit].directory,
                    "run the same command again");
      }
      csv += clips_csv_row(clip, fits_[tasks_[i].fit], part);
      add(clip.attribution, part, 1.0 / static_cast<double>(end - first));
    }
    clips.push_back(std::move(clip));
    first = end;
  }
  begin_explanation(directory_);
  data::write_file_durably(directory_ / "clips.csv", csv);
  data::write_file_durably(directory_ / "bands.csv", bands_csv(clips));
  data::write_file_durably(directory_ / "attributions.h5", attributions_h5(clips, settings_.points));
  finish_explanation(directory_, ExplanationMethod::integrated_gradients, fits_,
                     attribution_figures(of_, clips));
  return clips;
}

}  // namespace musicmem::launcher
