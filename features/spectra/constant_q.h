// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/spectra/cqt_filters.h"
#include "features/spectra/half_rate.h"
#include "features/spectra/stft.h"

#include <complex>
#include <map>
#include <span>
#include <vector>

namespace musicmem::features {

// Constant-Q transform as librosa.cqt with 36 bins per octave, 7 octaves from C1 (32.70 Hz) and
// a hop of 512 samples: one octave of filters, applied in the frequency domain to the signal and
// to its six successive half-rate copies (C. Schoerkhuber, A. Klapuri, "Constant-Q transform
// toolbox for music processing", SMC 2010).
//
// Filters depend on the tuning: they are built when first asked for and kept. One object serves one thread at
// a time.
class ConstantQ {
 public:
  static constexpr int bins_per_octave = 36;
  static constexpr int octaves = 7;
  static constexpr int bins = bins_per_octave * octaves;
  static constexpr int hop = 512;

  struct Magnitudes {
    int frames = 0;
    std::vector<float> values;  // [bins][frames], lowest frequency first
  };

  // From 9000 Hz, so that the highest filter fits below half the rate, to 32000 Hz: above, librosa would
  // halve the rate before the first octave.
  explicit ConstantQ(int sample_rate);

  // `tuning` moves all filters up by that fraction of a bin, [-0.5, 0.5]. Gives 1 + y.size() / hop frames.
  Magnitudes magnitudes(std::span<const float> y, double tuning);

 private:
  const CqtFilterBank& bank(double tuning);
  void load_spectra(std::span<const float> y, int halvings, const CqtFilterBank& bank, int frames);

  int sample_rate_;
  std::map<double, CqtFilterBank> banks_;  // by tuning
  std::vector<Stft> stfts_;                // one per halving of rate and hop
  HalfRate half_rate_;
  std::vector<float> halved_;
  std::vector<float> next_halved_;
  std::vector<std::complex<float>> frame_;

  // Spectra of an octave's signal at the bins of its filters, bin-major so that
  // frames are neighbours in memory.
  std::size_t stride_ = 0;
  std::vector<float> re_;
  std::vector<float> im_;
};

}  // namespace musicmem::features
