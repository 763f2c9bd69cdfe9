// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/labels.h"
#include "launcher/checks/study_check.h"
#include "launcher/study/findings.h"

namespace musicmem::launcher {

// What the explainable features take from beside the audio: stems, tempo, emotion.
void check_sources(const config::Experiment& experiment, const data::LabelledClips& clips, CheckDepth depth,
                   Findings& findings);

}  // namespace musicmem::launcher
