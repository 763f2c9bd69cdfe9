// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/clip_choice.h"
#include "config/settings/cross_validation.h"
#include "models/ssast/recognition.h"
#include "models/ssast/spectrogram_source.h"
#include "weights/pth_file.h"

#include <optional>
#include <string>
#include <vector>

// How a fine-tuned SSAST is read from its file. Names and shapes of tensors tell size, patches and head, and
// often the grid. What they do not tell is read from the file's remarks and settings, if it has any:
// `stride`, `frames`, `pooling` of tokens (avgtok, cls), `input` (clip, segment), `segments` (mean, max: how
// a clip is scored from its segments), `fbank_mean` and `fbank_deviation`, `control` (shuffled: trained on
// permuted labels), and the geometry of the clips by the names of data::recorded_clip. What the user says goes
// first; what nobody says is the program's default, and is said.
namespace musicmem::models {

// What the user says of a file.
struct SsastAnswers {
  GridHints grid = {};
  std::optional<config::SsastPooling> pooling = std::nullopt;
  std::optional<config::SsastInput> input = std::nullopt;
  std::optional<double> mean = std::nullopt;
  std::optional<double> deviation = std::nullopt;
  config::ClipChoice clip = {};
  bool of_own_fit = false;  // a fit of a run: strides are those of this program's fine-tuning

  bool operator==(const SsastAnswers&) const = default;
};

// Where a setting comes from.
enum class SsastSource { user, file, positions, nowhere };

struct SsastSetting {
  std::string name;   // "pooling"
  std::string value;  // "avgtok"; what may be meant where it is not known
  SsastSource source = SsastSource::nowhere;
};

struct SsastReading {
  SsastRecognition found;
  SsastShape shape;
  config::SsastInput input = config::SsastInput::clip;
  config::Pooling segments = config::Pooling::mean;
  config::ClipGeometry clip;
  SpectrogramStatistics statistics;
  bool is_control = false;             // trained on permuted labels
  std::vector<SsastSetting> settings;  // grid, pooling, input, normalisation

  // "prefix 'module.' taken off; from the number of positions: 12 x 49 patches of stride 10 (496 to 505
  // frames); assumed, as the file does not say: pooling avgtok, ..."
  std::string taken() const;
};

// What can be said of a file, also where it cannot predict. Empty where it holds no SSAST. Throws Error where
// its remarks hold words that mean nothing.
std::optional<SsastReading> examine_ssast(const weights::PthFile& file, const SsastAnswers& answers = {});

// What predicts. Throws Error where the file holds no SSAST with a head of one output, or where the grid is
// not known: then with the grids that are possible and the options that choose one.
SsastReading read_ssast(const weights::PthFile& file, const SsastAnswers& answers = {});

// What Python has to know of a study's model besides its tensors; empty for most.
weights::Remarks ssast_remarks(const SsastShape& shape, config::SsastInput input, config::Pooling segments,
                               const config::ClipGeometry& clip = {});

// All that a reader uses, of a study's model that takes input normalised with AudioSet's statistics.
weights::Settings ssast_settings(const SsastShape& shape, config::SsastInput input, config::Pooling segments,
                                 const config::ClipGeometry& clip = {}, bool is_control = false);

// Of a file's remarks and settings those that a reader uses.
weights::Remarks used_remarks(const weights::Remarks& remarks);
weights::Settings used_settings(const weights::Settings& settings);

}  // namespace musicmem::models
