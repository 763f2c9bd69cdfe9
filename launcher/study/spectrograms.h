// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/ssast.h"
#include "launcher/study/prepared_features.h"
#include "models/ssast/spectrogram_source.h"

namespace musicmem::launcher {

// The log-mel features of a study that has some.
const PreparedFeatures& fbank_of(const std::vector<PreparedFeatures>& prepared);

// The study's log-mel spectrograms for one kind of input, from the compacted store of feature set fbank.
models::SpectrogramTable load_spectrograms(const Study& study, const PreparedFeatures& prepared,
                                           config::SsastInput input);

// Stands for the spectrograms where the plan hashes what a fit sees: its rows, and as its only column's name
// the checksum of all that is prepared.
data::SegmentTable spectrogram_rows(const Study& study, const PreparedFeatures& prepared);

}  // namespace musicmem::launcher
