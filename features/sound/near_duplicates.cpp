// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/near_duplicates.h"

#include "features/sound/audio.h"
#include "features/sound/sound_sketch.h"
#include "features/spectra/mel.h"
#include "features/spectra/stft.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>
#include <utility>

namespace musicmem::features {
namespace {

constexpr int frame_samples = 2048;
constexpr int hop_samples = study_rate / 20;
constexpr int all_bands = 40;
constexpr double highest_hertz = 3500.0;  // so that copies of 8 kHz are known
constexpr int most_frames_off = 10;       // 0.5 s
constexpr double most_decibel = 4.0;      // root mean square between the levels of bands

// Of the bands that lie below highest_hertz.
FilterBank low_bands() {
  const FilterBank all = slaney_mel_filters(study_rate, frame_samples, all_bands);
  constexpr double hertz_per_bin = static_cast<double>(study_rate) / frame_samples;
  std::vector<FilterBank::Filter> low;
  for (const FilterBank::Filter& filter : all.filters()) {
    const double end = hertz_per_bin * (filter.first_bin + static_cast<double>(filter.weights.size()));
    if (end <= highest_hertz) low.push_back(filter);
  }
  return {all.bins(), std::move(low)};
}

// Energies of the bands, [frames][bands].
std::vector<float> band_energies(std::span<const float> samples, const FilterBank& bands) {
  const Stft stft(frame_samples, hop_samples);
  std::vector<std::complex<float>> spectrum;
  stft.transform(samples, spectrum);
  std::vector<float> power(spectrum.size());
  std::ranges::transform(spectrum, power.begin(), [](const auto& value) { return std::norm(value); });
  std::vector<float> energies(static_cast<std::size_t>(stft.frames(samples.size()) * bands.size()));
  bands.apply(power, energies);
  return energies;
}

// Of frames a[first_a ...] with b[first_b ...], `count` values each.
double correlation(std::span<const float> a, std::span<const float> b) {
  double products = 0.0;
  double squares_a = 0.0;
  double squares_b = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    products += static_cast<double>(a[i]) * b[i];
    squares_a += static_cast<double>(a[i]) * a[i];
    squares_b += static_cast<double>(b[i]) * b[i];
  }
  return squares_a > 0.0 && squares_b > 0.0 ? products / std::sqrt(squares_a * squares_b) : 0.0;
}

// Where an offset begins in each of two prints: the spans from there on are compared.
struct Overlap {
  std::size_t from_a = 0;
  std::size_t from_b = 0;
};

// None where less than half of the shorter print would be left.
std::optional<Overlap> overlap_at(int off, std::size_t bands, std::size_t shorter) {
  const std::size_t skipped = static_cast<std::size_t>(std::abs(off)) * bands;
  if (2 * skipped > shorter) return std::nullopt;
  return Overlap{off > 0 ? skipped : 0, off < 0 ? skipped : 0};
}

double correlation_at(int off, const SoundPrint& a, const SoundPrint& b) {
  const auto overlap = overlap_at(off, a.level.size(), std::min(a.motion.size(), b.motion.size()));
  if (!overlap) return 0.0;
  const auto [from_a, from_b] = *overlap;
  const std::size_t length = std::min(a.motion.size() - from_a, b.motion.size() - from_b);
  return correlation(std::span(a.motion).subspan(from_a, length),
                     std::span(b.motion).subspan(from_b, length));
}

// Prints that are held against as many others together, so that their sketches stay in the processor's cache.
constexpr std::size_t block = 256;

// Colours of sound: clips of which they are not about the same need not be correlated to be told apart. The
// levels of all prints, and their coordinates along the four slowest cosines over the bands, between which no
// distance is larger than between the levels.
class Levels {
 public:
  explicit Levels(std::span<const SoundPrint> prints) {
    for (const SoundPrint& print : prints) bands_ = std::max(bands_, print.level.size());
    limit_ = static_cast<float>(most_decibel * most_decibel * static_cast<double>(bands_));
    levels_.resize(prints.size() * bands_);
    for (std::vector<float>& along : coarse_) along.resize(prints.size());
    for (std::size_t i = 0; i < prints.size(); ++i) {
      std::ranges::copy(prints[i].level, levels_.begin() + static_cast<std::ptrdiff_t>(i * bands_));
      for (std::size_t k = 0; k < coarse_.size(); ++k) coarse_[k][i] = coordinate(prints[i].level, k + 1);
    }
  }

  // Sets `found` to those of first ... end - 1, at most a block, whose levels differ from those of `i` by
  // most_decibel or less.
  void find_like(std::size_t i, std::size_t first, std::size_t end, std::vector<std::size_t>& found) const {
    constexpr float rounding = 1.001F;
    const std::size_t here = end - first;
    std::array<float, block> squares = {};
    for (const std::vector<float>& along : coarse_) {
      const float own = along[i];
      const float* const others = along.data() + first;
      for (std::size_t j = 0; j < here; ++j) squares[j] += (others[j] - own) * (others[j] - own);
    }
    found.clear();
    for (std::size_t j = 0; j < here; ++j) {
      if (squares[j] <= rounding * limit_ && are_like(i, first + j)) found.push_back(first + j);
    }
  }

 private:
  static float coordinate(const std::vector<float>& level, std::size_t cosine) {
    const auto bands = static_cast<double>(level.size());
    double sum = 0.0;
    for (std::size_t band = 0; band < level.size(); ++band) {
      const double phase = (static_cast<double>(band) + 0.5) * static_cast<double>(cosine) / bands;
      sum += level[band] * std::cos(std::numbers::pi * phase);
    }
    return static_cast<float>(sum * std::sqrt(2.0 / std::max(bands, 1.0)));
  }

  bool are_like(std::size_t i, std::size_t j) const {
    const float* const a = levels_.data() + i * bands_;
    const float* const b = levels_.data() + j * bands_;
    float squares = 0.0F;
    for (std::size_t band = 0; band < bands_; ++band) squares += (a[band] - b[band]) * (a[band] - b[band]);
    return squares <= limit_;
  }

  std::size_t bands_ = 0;
  float limit_ = 0.0F;
  std::vector<float> levels_;  // [prints][bands]
  std::array<std::vector<float>, 4> coarse_;
};

constexpr std::size_t offsets = 2 * most_frames_off + 1;

// Sketches of what is compared of a print at each offset, from -most_frames_off: as the first of a pair it is
// `own`, as the second `other`.
struct PrintSketches {
  struct Side {
    std::array<SketchHalf, offsets> first;
    std::array<SketchHalf, offsets> second;

    SketchList list() const { return {first, second}; }
  };
  Side own;
  Side other;
};

PrintSketches sketches_of(const SoundPrint& print, const SoundSketcher& sketcher) {
  PrintSketches sketches = {};
  const std::span<const float> motion(print.motion);
  for (std::size_t i = 0; i < offsets && !motion.empty(); ++i) {
    const int off = static_cast<int>(i) - most_frames_off;
    const auto overlap = overlap_at(off, print.level.size(), motion.size());
    if (!overlap) continue;
    const std::span<const float> part =
        off > 0 ? motion.subspan(overlap->from_a) : motion.first(motion.size() - overlap->from_b);
    const SoundSketch sketch = sketcher(part);
    const std::size_t turned =
        offsets - 1 - i;  // what is the first's at an offset is the second's at its opposite
    sketches.own.first[i] = sketches.other.first[turned] = sketch.halves[0];
    sketches.own.second[i] = sketches.other.second[turned] = sketch.halves[1];
  }
  return sketches;
}

// Whether two prints of one length are nearly the same sound. Of a pair whose correlation is at the limit 26 bits of
// 128 differ, with a standard deviation of 4.6, of both halves 52 with one of 6.5: whatever differs by six of them
// more is not looked at. Of prints that have nothing to do with each other every other bit differs.
bool are_alike(const SoundPrint& a, const PrintSketches& of_a, const SoundPrint& b,
               const PrintSketches& of_b) {
  constexpr int most_in_half = 56;
  constexpr int most = 94;
  std::uint32_t left = those_alike(of_a.own.list(), of_b.other.list(), most_in_half, most);
  for (; left != 0; left &= left - 1) {
    const int off = std::countr_zero(left) - most_frames_off;
    if (correlation_at(off, a, b) >= near_duplicate_correlation) return true;
  }
  return false;
}

}  // namespace

SoundPrint sound_print(std::span<const float> samples) {
  static const FilterBank bands = low_bands();
  const auto count = static_cast<std::size_t>(bands.size());
  std::vector<float> energies = band_energies(samples, bands);
  const float loudest = energies.empty() ? 0.0F : std::ranges::max(energies);
  if (!(loudest > 0.0F)) return {};
  constexpr float quietest = 1e-4F;  // of the loudest: what is below is as good as silent
  for (float& energy : energies) energy = 10.0F * std::log10(energy + quietest * loudest);
  const std::size_t frames = energies.size() / count;
  SoundPrint print;
  print.level.assign(count, 0.0F);
  for (std::size_t i = 0; i < energies.size(); ++i)
    print.level[i % count] += energies[i] / static_cast<float>(frames);
  for (std::size_t i = 0; i < energies.size(); ++i) energies[i] -= print.level[i % count];
  print.motion = std::move(energies);
  const float mean =
      std::accumulate(print.level.begin(), print.level.end(), 0.0F) / static_cast<float>(count);
  for (float& level : print.level) level -= mean;
  return print;
}

double similarity(const SoundPrint& a, const SoundPrint& b) {
  if (a.motion.empty() || b.motion.empty()) return 0.0;
  double best = 0.0;
  for (int off = -most_frames_off; off <= most_frames_off; ++off)
    best = std::max(best, correlation_at(off, a, b));
  return best;
}

std::vector<NearDuplicate> near_duplicates(std::span<const SoundPrint> prints,
                                           std::span<const std::string> groups) {
  std::size_t longest = 0;
  for (const SoundPrint& print : prints) longest = std::max(longest, print.motion.size());
  const SoundSketcher sketcher(longest);
  std::vector<PrintSketches> sketches;
  sketches.reserve(prints.size());
  for (const SoundPrint& print : prints) sketches.push_back(sketches_of(print, sketcher));
  const Levels levels(prints);
  std::vector<NearDuplicate> pairs;
  std::vector<std::size_t> like;
  const auto find_pairs = [&](std::size_t i, std::size_t first, std::size_t end) {
    if (prints[i].motion.empty() || first >= end) return;
    levels.find_like(i, first, end, like);
    for (const std::size_t j : like) {
      if (prints[j].motion.empty() || (!groups.empty() && groups[i] == groups[j])) continue;
      // As far as sketches can tell: of prints of two lengths they cannot.
      const bool have_one_length = prints[i].motion.size() == prints[j].motion.size();
      if (have_one_length && !are_alike(prints[i], sketches[i], prints[j], sketches[j])) continue;
      const double found = similarity(prints[i], prints[j]);
      if (found >= near_duplicate_correlation) pairs.push_back({i, j, found});
    }
  };
  const auto end_of = [&](std::size_t first) { return std::min(first + block, prints.size()); };
  for (std::size_t first_i = 0; first_i < prints.size(); first_i += block) {
    for (std::size_t first_j = first_i; first_j < prints.size(); first_j += block) {
      for (std::size_t i = first_i; i < end_of(first_i); ++i)
        find_pairs(i, std::max(i + 1, first_j), end_of(first_j));
    }
  }
  std::ranges::sort(pairs, {}, [](const NearDuplicate& pair) { return std::pair(pair.first, pair.second); });
  return pairs;
}

}  // namespace musicmem::features
