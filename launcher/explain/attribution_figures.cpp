// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/explain/attribution_figures.h"

#include "launcher/plot/panels.h"
#include "launcher/text/markup.h"
#include "models/ssast/spectrogram_source.h"
#include "models/statistics/bootstrap.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/ranges.h>

namespace musicmem::launcher {
namespace {

constexpr std::size_t bins = models::spectrogram_bins;
constexpr double seconds_per_frame = 0.01;

// Frames that are one column of pixels.
constexpr std::size_t frames_per_column = 2;

using Colour = std::array<double, 3>;
constexpr Colour raises = {0xD5, 0x5E, 0x00};  // of Okabe and Ito, as colour(1) and colour(0)
constexpr Colour lowers = {0x00, 0x72, 0xB2};

// Means over neighbours up to `reach` away, in a line of values that lie `stride` apart.
void blur(std::vector<double>& values, std::size_t first, std::size_t count, std::size_t stride,
          std::size_t reach) {
  std::vector<double> sums = {0.0};
  for (std::size_t i = 0; i < count; ++i) sums.push_back(sums.back() + values[first + i * stride]);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = i > reach ? i - reach : 0;
    const std::size_t end = std::min(count, i + reach + 1);
    values[first + i * stride] = (sums[end] - sums[begin]) / static_cast<double>(end - begin);
  }
}

// Attributions of single values are noise to the eye: means over 110 ms and 5 bands, twice.
std::vector<double> smoothed(std::vector<double> values) {
  constexpr std::size_t frames = 5;
  constexpr std::size_t bands = 2;
  const std::size_t length = values.size() / bins;
  for (int pass = 0; pass < 2; ++pass) {
    for (std::size_t band = 0; band < bins; ++band) blur(values, band, length, bins, frames);
    for (std::size_t frame = 0; frame < length; ++frame) blur(values, frame * bins, bins, 1, bands);
  }
  return values;
}

template <class Number>
double quantile_of(const std::vector<Number>& values, double share) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return models::quantile(sorted, share);
}

// The attribution at which the colour is full: the same for all clips, so that they can be compared.
double full_colour(const std::vector<ExplainedClip>& clips) {
  constexpr double share = 0.995;
  std::vector<double> sizes;
  for (const ExplainedClip& clip : clips) {
    for (const double value : smoothed(clip.attribution.values)) sizes.push_back(std::abs(value));
  }
  return quantile_of(sizes, share);
}

// One pixel a column of frames and band: grey by loudness, tinted by attribution.
DataBlock pixels_of(const std::string& name, const ExplainedClip& clip, double full) {
  constexpr double quiet_share = 0.02;
  constexpr double palest = 245.0;
  constexpr double darkest = 70.0;
  constexpr double most_tint = 0.9;
  const double quiet = quantile_of(clip.fbank, quiet_share);
  const double loud = std::max<double>(*std::max_element(clip.fbank.begin(), clip.fbank.end()), quiet + 1e-6);
  const std::vector<double> attribution = smoothed(clip.attribution.values);
  DataBlock block(name);
  const std::size_t frames = clip.fbank.size() / bins;
  for (std::size_t frame = 0; frame + 1 < frames; frame += frames_per_column) {
    for (std::size_t band = 0; band < bins; ++band) {
      const std::size_t at = frame * bins + band;
      const double energy = std::clamp((clip.fbank[at] - quiet) / (loud - quiet), 0.0, 1.0);
      const double grey = palest + energy * (darkest - palest);
      const double strength = full > 0.0 ? std::min(1.0, std::abs(attribution[at]) / full) : 0.0;
      const Colour& tint = attribution[at] > 0.0 ? raises : lowers;
      std::vector<double> pixel = {static_cast<double>(frame + 1) * seconds_per_frame,
                                   static_cast<double>(band)};
      for (const double part : tint) {
        pixel.push_back(std::round(grey + most_tint * strength * (part - grey)));
      }
      block.row(pixel);
    }
  }
  return block;
}

// Tics at round frequencies on an axis of mel bands.
std::string frequency_tics(const std::string& axis) {
  std::vector<std::string> tics;
  for (const int hertz : {125, 500, 1000, 2000, 4000}) {
    std::size_t band = 0;
    while (band + 1 < bins && band_centre(band) < hertz) ++band;
    const double below = band > 0 ? band_centre(band - 1) : 0.0;
    const double place = static_cast<double>(band) -
                         std::clamp((band_centre(band) - hertz) / (band_centre(band) - below), -1.0, 1.0);
    tics.push_back(gnuplot_quoted(std::to_string(hertz)) + " " + rounded(place, 2));
  }
  return fmt::format("set {}tics ({})\n", axis, fmt::join(tics, ", "));
}

std::string title_of(const ExplainedClip& clip) {
  return clip.track + ": predicted " + rounded(clip.attribution.score) + ", score " + rounded(clip.label) +
         ", average clip " + rounded(clip.attribution.base);
}

Figure spectrograms(const ExplainedModel& of, const std::vector<ExplainedClip>& clips, bool highest,
                    double full) {
  constexpr int row_height = 215;
  std::vector<const ExplainedClip*> shown;
  for (const ExplainedClip& clip : clips) {
    if (clip.highest == highest) shown.push_back(&clip);
  }
  const std::string side = highest ? "highest" : "lowest";
  Figure figure{
      of.name + "-" + side,
      "Clips that " + of.title() + " gives the " + side +
          " scores: log-mel spectrogram (dark is loud), tinted where the sound raised the predicted "
          "score (orange) or lowered it (blue) from that of the average training clip. Integrated "
          "gradients, mean over seeds, smoothed over 0.1 s and 5 mel bands",
      900, row_height * static_cast<int>(shown.size()), ""};
  figure.commands = "set multiplot layout " + std::to_string(shown.size()) +
                    ",1\nset lmargin 9\nset rmargin 2\nset tmargin 2\nset bmargin 3.2\nunset grid\n"
                    "set xlabel \"time (s)\" offset 0,0.5\nset ylabel \"frequency (Hz)\" offset 0.5,0\n" +
                    frequency_tics("y");
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const DataBlock pixels = pixels_of("pixels" + std::to_string(i), *shown[i], full);
    const std::size_t frames = shown[i]->fbank.size() / bins;
    const double length = static_cast<double>(frames) * seconds_per_frame;
    figure.commands += pixels.definition() + "set title " + gnuplot_quoted(title_of(*shown[i])) +
                       " font \",11\" offset 0,-0.6\nplot [0:" + rounded(length, 2) + "][-0.5:127.5] " +
                       pixels.name() + " using 1:2:3:4:5 with rgbimage notitle\n";
  }
  figure.commands += "unset multiplot\n";
  return figure;
}

Figure bands_figure(const ExplainedModel& of, const std::vector<ExplainedClip>& clips) {
  const std::vector<double> highest = attribution_by_band(clips, true);
  const std::vector<double> lowest = attribution_by_band(clips, false);
  DataBlock block("bands");
  for (std::size_t band = 0; band < bins; ++band) {
    block.row({static_cast<double>(band), highest[band], lowest[band]});
  }
  return {of.name + "-bands",
          "What each mel band added to the predicted score of " + of.title() +
              ", mean over the clips with the highest and with the lowest predictions",
          900, 300,
          block.definition() + frequency_tics("x") +
              "set xrange [-0.5:127.5]\nset xlabel \"frequency (Hz)\"\n"
              "set ylabel \"change of the score\"\nset key outside top center horizontal\n"
              "plot 0 with lines lc rgb \"#888888\" notitle, $bands using 1:2 with steps lw 2 lc rgb " +
              gnuplot_quoted(colour(1)) +
              " title \"highest predictions\", $bands using 1:3 with steps lw 2 lc rgb " +
              gnuplot_quoted(colour(0)) + " title \"lowest predictions\""};
}

}  // namespace

std::vector<Figure> attribution_figures(const ExplainedModel& of, const std::vector<ExplainedClip>& clips) {
  if (clips.empty()) return {};
  const double full = full_colour(clips);
  return {spectrograms(of, clips, true, full), spectrograms(of, clips, false, full), bands_figure(of, clips)};
}

}  // namespace musicmem::launcher
