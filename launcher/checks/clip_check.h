// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/clip.h"
#include "data/labels.h"
#include "launcher/checks/study_check.h"
#include "launcher/study/findings.h"

namespace musicmem::launcher {

// Whether each label has its audio and, to the depth of sound, whether that can be used, is as long as a clip, and is
// no other track's. Sets what `check` says of durations and rates.
void check_audio(const data::LabelledClips& clips, const config::ClipGeometry& clip, CheckDepth depth,
                 StudyCheck& check, Findings& findings);

}  // namespace musicmem::launcher
