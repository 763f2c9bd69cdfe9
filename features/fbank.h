// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace musicmem::features {

inline constexpr int fbank_mel_bins = 128;
inline constexpr std::size_t fbank_shift = 160;  // samples from one frame to the next, 10 ms

// Frames that fbank() makes of so many samples: 25 ms windows every 10 ms that lie wholly in the signal. 498
// of 5 s, 98 of 1 s, none of less than 25 ms.
int fbank_frames(std::size_t samples);

// The log-mel filter bank that SSAST takes (Y. Gong et al., AAAI 2022), raw: before padding, masking and
// normalisation. Frame-major [fbank_frames(clip.size())][128] of a mono clip at 16 kHz in [-1, 1].
//
// The mean of the whole clip is subtracted; then Kaldi's features as torchaudio.compliance.kaldi.fbank gives
// them with htk_compat, Hann window, no dither, no energy: each window without its mean, pre-emphasis 0.97,
// power spectrum of 512 points, 128 HTK mel filters from 20 to 8000 Hz, natural logarithm floored at that
// of 1.1920929e-07
// (-15.942385, which is what silence gives).
std::vector<float> fbank(std::span<const float> clip);

}  // namespace musicmem::features
