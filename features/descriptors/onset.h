// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/spectra/spectrum.h"

#include <span>
#include <vector>

namespace musicmem::features {

// The log-mel spectrogram of librosa's defaults: power of the transform through 128 Slaney mel filters, in dB
// with a range of 80 dB. Frame-major [frames][128] for a frame-major `power` of [frames][1025].
std::vector<float> mel_decibels(std::span<const float> power);

// Onset strength of each frame of mel_decibels(): the mean rise in dB over the mel bands from one frame to
// the next, delayed by the two frames that half a window spans, as librosa.onset.onset_strength by default.
std::vector<float> onset_strength(std::span<const float> mel_db);

// The same of a clip's spectrum, and of a mono clip at 16 kHz: 1 + samples / 512 values.
std::vector<float> onset_strength_of(const ClipSpectrum& spectrum);
std::vector<float> onset_strength_of_clip(std::span<const float> clip);

}  // namespace musicmem::features
