// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "weights/state_dict.h"

#include <string>
#include <string_view>
#include <vector>

namespace musicmem::models {

// A file's tensors under the names of SSAST's parameters. Wrappers put words before all names, alone or
// together: `module.` (torch.nn.DataParallel), `_orig_mod.` (torch.compile), `model.` (Lightning). Names
// without the prefix, such as those of a loss, are kept as they are. Refers to the state dict.
class SsastTensors {
 public:
  explicit SsastTensors(const weights::StateDict& state);

  // What stands before v.pos_embed, the last '.' included; several where the file holds several models, of
  // which no parameter is then found.
  const std::vector<std::string>& prefixes() const { return prefixes_; }
  // The one prefix; empty where there is none.
  const std::string& prefix() const { return prefix_; }

  // The tensor of that parameter; null where there is none.
  const weights::Tensor* find(std::string_view parameter) const;
  // The name of a tensor of the file without the prefix.
  std::string_view plain(std::string_view name) const;

 private:
  const weights::StateDict& state_;
  std::vector<std::string> prefixes_;
  std::string prefix_;
};

}  // namespace musicmem::models
