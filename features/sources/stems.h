// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/spectra/istft.h"
#include "features/spectra/spectrum.h"

#include <vector>

namespace musicmem::features {

// Four signals of equal length that sum to the mix.
struct Stems {
  std::vector<float> vocals;
  std::vector<float> drums;
  std::vector<float> bass;
  std::vector<float> other;
};

// A signal-processing approximation of source separation, for one whole mono clip at 16 kHz. It needs no
// trained model and does not reach one; it keeps what the timbre features use, the level of each kind of
// sound over time.
//
//   drums   the percussive part of the clip (hpss_masks): plosives and plucked onsets come with it
//   bass    the harmonic part below about 225 Hz: low notes of any instrument; a bass's overtones stay out
//   vocals  of the harmonic part from 225 to 4000 Hz, what does not repeat: each frame is compared with its
//   most
//           similar frames at least a second away (Z. Rafii, B. Pardo, "Music/voice separation using the
//           similarity matrix", ISMIR 2012), and what exceeds their median is taken for the voice. A solo
//           instrument that does not repeat is taken for a voice as well, a voice on a repeating phrase is
//           not. Clips of less than about one second have nothing to compare with and get silent vocals.
//   other   the rest
//
// The shares of the four add up to one in every bin of the spectrogram, so the stems sum to the clip up to
// rounding.
//
// One object serves one thread at a time.
class ApproximateSeparator {
 public:
  ApproximateSeparator();

  // The stems of the clip of this spectrum, each of its length.
  Stems separate(const ClipSpectrum& spectrum);

 private:
  Istft istft_;
};

}  // namespace musicmem::features
