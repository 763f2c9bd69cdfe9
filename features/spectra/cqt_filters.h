// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <vector>

namespace musicmem::features {

// One octave of a constant-Q transform's filters as spectra: the highest one, which also serves the lower
// octaves at half, a quarter, ... of the sampling rate.
struct CqtFilterBank {
  // A filter's spectrum where it is not negligible: bins first_bin, first_bin + 1,
  // ... of an n_fft-point transform.
  struct Filter {
    int first_bin = 0;
    std::vector<std::complex<float>> spectrum;
  };

  int n_fft = 0;                // a power of two, no shorter than the longest filter
  int first_bin = 0;            // of all filters
  int end_bin = 0;              // behind the last bin of all filters
  std::vector<Filter> filters;  // lowest frequency first
};

// Hann-windowed complex sinusoids at lowest * 2^((k + tuning) / count) Hz, 0 <= k < count, each Q
// periods long with the Q of a filter that is two bins wide; unit sum of magnitudes, scaled for a
// transform of n_fft points and divided by the square root of its length; the smallest bins that
// hold a hundredth of the spectrum's magnitude are dropped. As librosa.cqt makes them with
// filter_scale 1, norm 1, sparsity 0.01 and scale.
CqtFilterBank make_cqt_filters(double sample_rate, double lowest, int count, double tuning);

}  // namespace musicmem::features
