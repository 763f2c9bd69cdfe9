// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/predictor.h"

#include "config/error.h"
#include "data/recorded_clip.h"
#include "models/ssast/kind.h"
#include "models/ssast/spectrogram_source.h"
#include "models/tables/pooling.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <vector>

#include <fmt/ranges.h>

namespace musicmem::models {
namespace {

// What each segment's score counts for in the clip's.
std::vector<double> shares_of(const std::vector<double>& scores, config::Pooling pooling) {
  if (pooling == config::Pooling::mean)
    return std::vector<double>(scores.size(), 1.0 / static_cast<double>(scores.size()));
  std::vector<double> shares(scores.size(), 0.0);
  shares[static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin())] = 1.0;
  return shares;
}

}  // namespace

double SpectrogramAttribution::gap() const {
  return std::accumulate(values.begin(), values.end(), base - score);
}

SsastPredictor::SsastPredictor(const weights::PthFile& file, const SsastAnswers& answers)
    : reading_(read_ssast(file, answers)), scorer_(load_ssast_scorer_late(file, reading_)) {}

std::vector<SsastPredictor::Piece> SsastPredictor::pieces_of(std::span<const float> fbank) const {
  if (!by_segment()) return {{0, fbank}};
  const FrameSegments segments(reading_.clip);
  std::vector<Piece> pieces;
  for (std::size_t segment = 0; segment < segments.count; ++segment) {
    const std::size_t first = std::min(fbank.size(), segments.first_frame(segment) * spectrogram_bins);
    const std::size_t count = std::min(fbank.size() - first, segments.frames * spectrogram_bins);
    pieces.push_back({first, fbank.subspan(first, count)});
  }
  return pieces;
}

std::string_view SsastPredictor::kind() const {
  return ssast_kind.name;
}

std::vector<std::string> SsastPredictor::warnings() const {
  constexpr double frames_per_second = 100.0;
  std::vector<std::string> warnings;
  if (!scorer_->unused().empty()) {
    warnings.push_back(
        fmt::format("left out, as the model has no place for it: {}", fmt::join(scorer_->unused(), ", ")));
  }
  const double seconds = shape().target_length / frames_per_second;
  if (!by_segment() && seconds <= reading_.clip.seconds / 2)
    warnings.push_back(fmt::format("the model uses only the first {:.2f} s of a clip", seconds));
  if (!by_segment() && seconds >= 1.5 * reading_.clip.seconds) {
    warnings.push_back(
        fmt::format("the model takes {:.2f} s, of which clips of {} s leave the rest empty; with "
                    "--weights, --seconds says how long they are",
                    seconds, reading_.clip.seconds));
  }
  return warnings;
}

std::map<std::string, std::string> SsastPredictor::feature_settings() const {
  return data::recorded_clip(reading_.clip);
}

bool SsastPredictor::by_segment() const {
  return reading_.input == config::SsastInput::segment;
}

double SsastPredictor::predict(const ClipFeatures& clip) const {
  return predict(std::span<const float>(std::get<std::vector<float>>(clip.front().values)));
}

double SsastPredictor::predict(std::span<const float> fbank) const {
  return pool_segments(scores(pieces_of(fbank)), reading_.segments);
}

SpectrogramAttribution SsastPredictor::attribute(std::span<const float> fbank,
                                                 std::span<const float> baseline, int points) const {
  assert(baseline.size() == spectrogram_bins);
  std::vector<float> average(fbank.size());
  for (std::size_t i = 0; i < average.size(); ++i) average[i] = baseline[i % spectrogram_bins];
  const std::vector<Piece> pieces = pieces_of(fbank);
  const std::vector<double> shares = shares_of(scores(pieces), reading_.segments);
  SpectrogramAttribution result;
  result.values.resize(fbank.size(), 0.0);
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    const double share = shares[p];
    if (share == 0.0) continue;
    const Piece& piece = pieces[p];
    const std::span<const float> of_average = std::span(average).subspan(piece.first, piece.fbank.size());
    const Attribution part = scorer_->attribute(piece.fbank, of_average, points);
    const std::size_t heard = std::min(piece.fbank.size(), part.values.size());
    for (std::size_t i = 0; i < heard; ++i) result.values[piece.first + i] += share * part.values[i];
    result.score += share * part.score;
    result.base += share * part.base;
  }
  return result;
}

std::vector<double> SsastPredictor::scores(const std::vector<Piece>& pieces) const {
  std::vector<double> scores;
  for (const Piece& piece : pieces) scores.push_back(scorer_->score(piece.fbank));
  return scores;
}

}  // namespace musicmem::models
