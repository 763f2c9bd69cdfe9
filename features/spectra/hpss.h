// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/spectra/istft.h"
#include "features/spectra/spectrum.h"

#include <span>
#include <vector>

namespace musicmem::features {

// Shares of each bin of a spectrogram, in [0, 1] and with the sum 1, frame-major [frames][bins].
struct HpssMasks {
  std::vector<float> harmonic;
  std::vector<float> percussive;
};

// Harmonic/percussive separation by median filtering (D. Fitzgerald, "Harmonic/percussive separation using
// median filtering", DAFx 2010) with librosa.decompose.hpss's defaults: medians over 31 frames and over 31
// bins, soft masks of power 2, margin 1. `magnitude` is frame-major [frames][bins].
HpssMasks hpss_masks(std::span<const float> magnitude, int bins);

struct HarmonicPercussive {
  std::vector<float> harmonic;
  std::vector<float> percussive;
};

// The two parts of a mono signal, each of its length, from its spectrum: librosa.effects.hpss by default.
// Their sum is the signal up to rounding. `istft` has librosa's frames.
HarmonicPercussive hpss(const ClipSpectrum& spectrum, Istft& istft);

}  // namespace musicmem::features
