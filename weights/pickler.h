// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "weights/state_dict.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace musicmem::weights {

// Writes the pickle (protocol 2) of a checkpoint, value after value; torch.load
// reads it with weights_only=True.
class Pickler {
 public:
  Pickler();

  void text(const std::string& value);
  void integer(std::int64_t value);
  void real(double value);

  // Between the two: keys and values in turn.
  void begin_dict();
  void begin_ordered_dict();
  void end_dict();

  // A dense tensor; its bytes belong into record `data/<number>`, numbers counted from 0.
  void tensor(const Tensor& value);

  // The pickle; nothing may follow.
  std::string finish();
  // The tensors in the order of their records.
  const std::vector<const Tensor*>& tensors() const { return tensors_; }

 private:
  void extents(const std::vector<std::int64_t>& values);

  std::string bytes_;
  std::vector<const Tensor*> tensors_;
};

// The archive of a finished pickle and the bytes of its tensors, which must still be alive. The settings, if
// there are any, are a record beside them. What was written is read back and compared; not synced. Throws
// Error where the disk did not take it all.
void write_archive(const std::filesystem::path& path, Pickler& pickler,
                   const std::map<std::string, std::string>& settings = {});

}  // namespace musicmem::weights
