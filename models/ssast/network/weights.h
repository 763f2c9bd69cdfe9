// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/ssast/recognition.h"
#include "weights/state_dict.h"

#include <string>
#include <vector>

namespace musicmem::models {

class Ssast;

// What became of the tensors of a checkpoint.
struct LoadReport {
  std::vector<std::string> missing;        // parameters of the model that kept their random values
  std::vector<std::string> surplus;        // tensors of the file that nothing takes
  std::vector<std::string> leftovers;      // the same, known to belong to pre-training
  std::vector<std::string> other_shape;    // "name [a, b] where [c, d] is needed"
  std::string prefix;                      // taken off the file's names
  SsastGrid grid;                          // of the file's positions that was taken
  std::vector<SsastGrid> not_taken;        // that they may be of as well
  std::vector<std::string> lines() const;  // for the log; none where all matched
  // Of weights left at random values, but for a head that the file has nothing of, as after pre-training.
  // Also of a grid that was taken where another one is possible.
  std::vector<std::string> unexpected_lines() const;
  // "prefix 'module.' taken off; positions: 8 x 64 patches of stride 16 (1024 to 1039 frames)"
  std::string taken() const;
};

// Loads the backbone, with positions adapted to the model's grid, and the head where the file has a matching
// one. Of several grids that the file's positions may be of, the model's own is taken, else the likeliest.
//
// Throws Error if nothing matches, if the file is of another size (says which) or patch shape, or if a weight
// that is used is not finite.
LoadReport load_ssast(Ssast& model, const weights::StateDict& state);

// Loads every parameter and nothing else: what save_ssast wrote. Returns the names of tensors that the model
// has no place for, those of pre-training left out. Throws Error where a parameter is missing or differs.
std::vector<std::string> load_all(Ssast& model, const weights::StateDict& state);

// Every parameter under its name, in the model's order.
weights::StateDict save_ssast(const Ssast& model);

}  // namespace musicmem::models
