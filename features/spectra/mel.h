// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace musicmem::features {

// Triangular filters over the bins of a power spectrum, kept without their zeros.
class FilterBank {
 public:
  struct Filter {
    int first_bin = 0;
    std::vector<float> weights;  // of first_bin, first_bin + 1, ...; empty for a filter that holds no bin
  };

  // Every filter lies within [0, bins).
  FilterBank(int bins, std::vector<Filter> filters);

  int bins() const { return bins_; }
  int size() const { return static_cast<int>(filters_.size()); }
  const std::vector<Filter>& filters() const { return filters_; }

  // Writes the energies of every filter, [frames][size()], for a frame-major `power` of [frames][bins()].
  void apply(std::span<const float> power, std::span<float> energies) const;

 private:
  int bins_;
  std::vector<Filter> filters_;
};

// `count` filters on Slaney's mel scale from 0 Hz to half of `rate`, each of constant energy, over the n_fft
// / 2 + 1 bins of a transform of n_fft samples: librosa.filters.mel by default.
FilterBank slaney_mel_filters(int rate, int n_fft, int count = 128);

// `count` filters on the HTK mel scale from 20 Hz to half of `rate`, each with a peak of 1, triangular on the
// mel axis. The last bin (half of `rate`) has no weight, as in Kaldi's MelBanks. Computed in single precision
// in the order of torchaudio, because the slopes at the feet of the triangles show its rounding.
FilterBank kaldi_mel_filters(int rate, int n_fft, int count = 128);

}  // namespace musicmem::features
