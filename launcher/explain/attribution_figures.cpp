// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/explain/attribution_figures.h"

#include "launcher/plot/script.h"
#include "launcher/text/markup.h"
#include "models/ssast/spectrogram_source.h"
#include "models/statistics/bootstrap.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace musicmem::launcher {
namespace {

constexpr std::size_t bins = models::spectrogram_bins;
constexpr double seconds_per_frame = 0.01;

// Frames that are one column of pixels.
constexpr std::size_t frames_per_column = 2;

using Colour = std::array<double, 3>;
constexpr Colour raises = {0xD5, 0x5E, 0x00};  // vermilion and blue of launcher/plot/style.gp
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
void add_pixels(DataBlock& block, const ExplainedClip& clip, double full) {
  constexpr double quiet_share = 0.02;
  constexpr double palest = 245.0;
  constexpr double darkest = 70.0;
  constexpr double most_tint = 0.9;
  const double quiet = quantile_of(clip.fbank, quiet_share);
  const double loud = std::max<double>(*std::max_element(clip.fbank.begin(), clip.fbank.end()), quiet + 1e-6);
  const std::vector<double> attribution = smoothed(clip.attribution.values);
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
}

// Round frequencies and their places on an axis of mel bands.
void set_frequencies(ScriptInput& input) {
  const std::vector<int> frequencies = {125, 500, 1000, 2000, 4000};
  std::vector<std::string> names;
  std::vector<double> places;
  for (const int hertz : frequencies) {
    std::size_t band = 0;
    while (band + 1 < bins && band_centre(band) < hertz) ++band;
    const double below = band > 0 ? band_centre(band - 1) : 0.0;
    const double place = static_cast<double>(band) -
                         std::clamp((band_centre(band) - hertz) / (band_centre(band) - below), -1.0, 1.0);
    places.push_back(std::round(100.0 * place) / 100.0);
    names.push_back(std::to_string(hertz));
  }
  input.set("frequencies", frequencies.size()).set("hertz", names).set("bands", places);
}

std::string title_of(const ExplainedClip& clip, const std::string& target) {
  constexpr int digits = 2;
  return clip.track + ": predicted " + with_minus(rounded(clip.attribution.score, digits)) + ", " + target +
         " " + with_minus(rounded(clip.label, digits)) + ", average clip " +
         with_minus(rounded(clip.attribution.base, digits));
}

Drawing draw_spectrograms(const ExplainedModel& of, const std::vector<const ExplainedClip*>& clips,
                          double full, const Layout& layout) {
  constexpr int plot_height = 150;
  constexpr int room_for_axis = 50;
  constexpr int room_for_colours = 66;
  constexpr int line_height = 15;
  constexpr std::size_t letters = 42;  // of a title above a narrow plot
  constexpr std::size_t wide_letters = 80;
  DataBlock pixels("pixels");
  std::vector<std::string> titles;
  std::vector<double> seconds;
  std::ptrdiff_t most_lines = 1;
  for (const ExplainedClip* clip : clips) {
    add_pixels(pixels, *clip, full);
    pixels.end_set();
    titles.push_back(wrapped(title_of(*clip, of.target), layout.narrow ? letters : wide_letters));
    most_lines = std::max(most_lines, 1 + std::ranges::count(titles.back(), '\n'));
    seconds.push_back(static_cast<double>(clip->fbank.size() / bins) * seconds_per_frame);
  }
  const int title_height = 8 + line_height * static_cast<int>(most_lines);
  const int height =
      static_cast<int>(clips.size()) * (plot_height + room_for_axis + title_height) + room_for_colours;
  ScriptInput input;
  input.set(pixels).set("clips", titles.size()).set("titles", titles).set("seconds", seconds);
  input.set("full", full > 0.0 ? full : 1.0).set_text("target", of.target);
  input.set("title_height", static_cast<double>(title_height));
  input.set("figure_width", static_cast<double>(layout.width()))
      .set("figure_height", static_cast<double>(height));
  input.set("narrow", layout.narrow ? 1.0 : 0.0);
  set_frequencies(input);
  return {layout.width(), height, input.drawn_by({"spectrograms"})};
}

Figure spectrograms(const ExplainedModel& of, const std::vector<ExplainedClip>& clips, bool highest,
                    double full) {
  std::vector<const ExplainedClip*> shown;
  for (const ExplainedClip& clip : clips) {
    if (clip.highest == highest) shown.push_back(&clip);
  }
  const std::string side = highest ? "highest" : "lowest";
  return both_layouts(
      of.name + "-" + side,
      "Clips of which " + of.title() + " predicts the " + side + " " + of.target +
          ": log-mel spectrogram (dark is loud), tinted where the sound raised the predicted " + of.target +
          " (orange) or lowered it (blue) from that of the average training clip. Integrated gradients, mean over seeds, "
          "smoothed over 0.1 s and 5 mel bands",
      [&](const Layout& layout) { return draw_spectrograms(of, shown, full, layout); });
}

Figure bands_figure(const ExplainedModel& of, const std::vector<ExplainedClip>& clips) {
  constexpr double height = 320.0;
  const std::vector<double> highest = attribution_by_band(clips, true);
  const std::vector<double> lowest = attribution_by_band(clips, false);
  DataBlock block("bands");
  for (std::size_t band = 0; band < bins; ++band) {
    block.row({static_cast<double>(band), highest[band], lowest[band]});
  }
  return both_layouts(
      of.name + "-bands",
      "What each mel band added to the " + of.target + " that " + of.title() + " predicts" +
          ", mean over the clips with the highest and with the lowest predictions",
      [&](const Layout& layout) {
        ScriptInput input;
        set_frequencies(input);
        input.set("figure_width", static_cast<double>(layout.width())).set("figure_height", height);
        input.set(block).set("narrow", layout.narrow ? 1.0 : 0.0).set_text("target", of.target);
        return Drawing{layout.width(), static_cast<int>(height), input.drawn_by({"bands"})};
      });
}

}  // namespace

std::vector<Figure> attribution_figures(const ExplainedModel& of, const std::vector<ExplainedClip>& clips) {
  if (clips.empty()) return {};
  const double full = full_colour(clips);
  return {spectrograms(of, clips, true, full), spectrograms(of, clips, false, full), bands_figure(of, clips)};
}

}  // namespace musicmem::launcher
