// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/ssast_shape.h"
#include "weights/state_dict.h"

#include <string>
#include <vector>

namespace musicmem::models {

class Ssast;

// What a checkpoint holds, told from the names and shapes of its tensors alone.
struct SsastRecognition {
  bool is_ssast = false;
  SsastShape shape;       // target_length: shortest that has the grid; the published one for pre-training
  bool has_head = false;  // of one output; otherwise shape.head means nothing
  bool is_pretraining = false;  // grid of stride 16 without a head
  std::string description;      // for people: "SSAST tiny (192 wide, ...), ..."
};

SsastRecognition recognise_ssast(const weights::StateDict& state);

// What became of the tensors of a checkpoint.
struct LoadReport {
  std::vector<std::string> missing;  // parameters of the model that kept their random values
  std::vector<std::string>
      surplus;  // tensors of the file that nothing takes, known leftovers of pre-training apart
  std::vector<std::string> other_shape;  // "name [a, b] where [c, d] is needed"
  bool positions_adapted = false;
  std::string text() const;  // lines for the log; "" where all matched
};

// Loads the backbone, with positions adapted to the model's grid, and the head where the file has a matching
// one.
//
// Throws Error if nothing matches, if the file is of another size (says which) or patch shape, or if a weight
// that is used is not finite.
LoadReport load_ssast(Ssast& model, const weights::StateDict& state);

// Loads every parameter and nothing else: what save_ssast wrote. Throws Error where one is missing or
// differs.
void load_all(Ssast& model, const weights::StateDict& state);

// Every parameter under its name, in the model's order.
weights::StateDict save_ssast(const Ssast& model);

}  // namespace musicmem::models
