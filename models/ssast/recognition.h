// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/ssast/grid.h"
#include "models/ssast/shape.h"
#include "weights/state_dict.h"

#include <optional>
#include <string>
#include <vector>

namespace musicmem::models {

// What a checkpoint holds, told from the names and shapes of its tensors alone.
struct SsastRecognition {
  SsastShape shape;  // of fine-tuning; stride and target length mean something where there is one grid
  std::int64_t patches = 0;      // that the file has positions of
  std::vector<SsastGrid> grids;  // that they may be of; one where the file or the hints tell it
  std::string prefix;            // before every name: "module."
  bool has_head = false;         // of one output; otherwise shape.head means nothing
  bool is_pretraining = false;   // a grid without overlap and no head
  std::string description;       // for people: "SSAST tiny (192 wide, ...), ..."
};

// Empty for tensors that are no SSAST.
std::optional<SsastRecognition> recognise_ssast(const weights::StateDict& state, const GridHints& hints = {});
// The same; throws Error for tensors that are no SSAST, or several.
SsastRecognition require_ssast(const weights::StateDict& state);

}  // namespace musicmem::models
