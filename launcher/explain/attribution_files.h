// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/ssast/predictor.h"

#include <filesystem>
#include <string>
#include <vector>

namespace musicmem::launcher {

// A clip's attribution as one fit gives it, as a file. `hash`: of all that it was made of; reading returns
// false where there is no such file, or it is damaged.
void write_attribution(const std::filesystem::path& file, const std::string& hash,
                       const models::SpectrogramAttribution& attribution);
bool read_attribution(const std::filesystem::path& file, const std::string& hash,
                      models::SpectrogramAttribution& attribution);

// One clip of an explanation; attributions are means over the fits that tested it.
struct ExplainedClip {
  std::string name;  // "highest-1"
  std::string track;
  double label = 0.0;
  std::vector<float> fbank;  // [frames, 128], as extracted
  models::SpectrogramAttribution attribution;
  bool highest = false;
};

// attributions.h5: fbank and attribution of every clip under its name. `target`: what is predicted.
std::string attributions_h5(const std::vector<ExplainedClip>& clips, int points, const std::string& target);

// bands.csv: mean attribution of each mel band over the clips with the highest and the lowest predictions.
std::string bands_csv(const std::vector<ExplainedClip>& clips);

// Sum over frames of each of the 128 mel bands, mean over the clips of that side.
std::vector<double> attribution_by_band(const std::vector<ExplainedClip>& clips, bool highest);

// Frequency in the middle of a mel band of the log-mel, in Hz.
double band_centre(std::size_t band);

}  // namespace musicmem::launcher
