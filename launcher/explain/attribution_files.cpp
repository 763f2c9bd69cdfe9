// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/explain/attribution_files.h"

#include "config/io_error.h"
#include "data/files/csv.h"
#include "data/files/durable_file.h"
#include "data/hdf5/hdf5.h"
#include "models/ssast/spectrogram_source.h"

#include <cmath>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using data::format_number;
constexpr std::size_t bins = models::spectrogram_bins;

data::hdf5::Shape shape_of(std::size_t values) {
  return {values / bins, bins};
}

}  // namespace

void write_attribution(const fs::path& file, const std::string& hash,
                       const models::SpectrogramAttribution& attribution) {
  data::hdf5::ImageWriter writer;
  writer.dataset("attribution", attribution.values, shape_of(attribution.values.size()));
  writer.attribute("/", "hash", hash);
  writer.attribute("/", "score", attribution.score);
  writer.attribute("/", "base", attribution.base);
  data::write_file_durably(file, writer.bytes());
}

bool read_attribution(const fs::path& file, const std::string& hash,
                      models::SpectrogramAttribution& attribution) {
  if (!fs::exists(file)) return false;
  try {
    const data::hdf5::Reader reader(file);
    if (reader.text_attribute("/", "hash") != hash) return false;
    attribution.values = reader.doubles("attribution");
    attribution.score = reader.number_attribute("/", "score");
    attribution.base = reader.number_attribute("/", "base");
    return true;
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    return false;
  }
}

std::string attributions_h5(const std::vector<ExplainedClip>& clips, int points, const std::string& target) {
  data::hdf5::ImageWriter writer;
  for (const ExplainedClip& clip : clips) {
    const data::hdf5::Shape shape = shape_of(clip.fbank.size());
    writer.dataset(clip.name + "/fbank", clip.fbank, shape, {shape});
    writer.dataset(clip.name + "/attribution", clip.attribution.values, shape, {shape});
    writer.attribute(clip.name, "track", clip.track);
    writer.attribute(clip.name, "label", clip.label);
    writer.attribute(clip.name, "prediction", clip.attribution.score);
    writer.attribute(clip.name, "base", clip.attribution.base);
    writer.attribute(clip.name + "/attribution", "units", "change of the predicted " + target);
    writer.attribute(clip.name + "/fbank", "units", "log-mel energy, 10 ms frames by mel bands");
  }
  writer.attribute("/", "method", "integrated gradients against the mean spectrum of the training clips");
  writer.attribute("/", "points", std::int64_t{points});
  return writer.bytes();
}

std::vector<double> attribution_by_band(const std::vector<ExplainedClip>& clips, bool highest) {
  std::vector<double> sums(bins, 0.0);
  double count = 0.0;
  for (const ExplainedClip& clip : clips) {
    if (clip.highest != highest) continue;
    count += 1.0;
    const std::vector<double>& values = clip.attribution.values;
    for (std::size_t i = 0; i < values.size(); ++i) sums[i % bins] += values[i];
  }
  for (double& sum : sums) sum /= std::max(count, 1.0);
  return sums;
}

std::string bands_csv(const std::vector<ExplainedClip>& clips) {
  const std::vector<double> highest = attribution_by_band(clips, true);
  const std::vector<double> lowest = attribution_by_band(clips, false);
  std::string text = "band,centre_hz,highest,lowest\n";
  for (std::size_t band = 0; band < bins; ++band) {
    text += std::to_string(band) + "," + format_number(band_centre(band)) + "," +
            format_number(highest[band]) + "," + format_number(lowest[band]) + "\n";
  }
  return text;
}

// The bands' middles are evenly spaced in mel from 20 Hz to 8 kHz, mel = 1127 ln(1 + f / 700) as HTK has it.
double band_centre(std::size_t band) {
  const auto mel = [](double hertz) { return 1127.0 * std::log1p(hertz / 700.0); };
  const double low = mel(20.0);
  const double step = (mel(8000.0) - low) / (static_cast<double>(bins) + 1.0);
  return 700.0 * std::expm1((low + step * static_cast<double>(band + 1)) / 1127.0);
}

}  // namespace musicmem::launcher
