// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "weights/state_dict.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

// PyTorch checkpoints (.pth) in and out, and what else holds named tensors.
namespace musicmem::weights {

struct PickleValue;

// What a .pth file holds besides tensors: the plain entries of its outermost dict.
struct Remarks {
  std::map<std::string, std::string> texts;
  std::map<std::string, double> numbers;
  std::map<std::string, std::int64_t> integers;
  std::vector<std::string> others;  // names of entries that are neither; not written
};

// What a file says of its tensors where PyTorch does not look: a record of its own in a .pth of this program,
// `__metadata__` of a safetensors file.
using Settings = std::map<std::string, std::string>;

struct PthFile {
  StateDict tensors;
  std::string nested_under;  // "", "model", "state_dict", "model.state_dict" ...
  Remarks remarks;
  Settings settings;
};

// Reads a checkpoint: a dict of tensors, or one with such a dict under `model`, `state_dict` or
// `model_state_dict`. Shared and non-contiguous storage comes out as dense tensors; plain numbers among the
// tensors as scalars. Throws Error where the file is damaged, holds no tensors, needs a Python class that is
// not on the list, or describes tensors that its storages or the file cannot hold.
PthFile read_pth(const std::filesystem::path& path);
// The same from bytes in memory; `name` is what errors call them.
PthFile parse_pth(std::string bytes, const std::string& name);

// Reads a checkpoint of PyTorch or a safetensors file, whichever it is.
PthFile read_checkpoint(const std::filesystem::path& path);

// Writes tensors as an OrderedDict; with remarks, as a dict of them with the tensors under `model`. Python
// reads it with torch.load(FILE, weights_only=True), numbers among the remarks since
// PyTorch 2; the settings it does not see. The file is durable or absent; its bytes depend on the
// content alone.
void write_pth(const std::filesystem::path& path, const StateDict& tensors, const Remarks& remarks = {},
               const Settings& settings = {});

// The same under a name that is not published yet: whole, but not synced.
void write_pth_unsynced(const std::filesystem::path& path, const StateDict& tensors,
                        const Remarks& remarks = {}, const Settings& settings = {});

using StorageReader = std::function<std::string(const std::string& key, std::uint64_t largest)>;

// The tensors of a pickled dict, in its order; entries that are no tensor and no number go to `others`.
// `read_storage` gives the bytes of a storage by its key, of which the pickle speaks of `largest`;
// `largest_total` bounds the bytes of all tensors together.
StateDict tensors_of(const PickleValue& dict, const StorageReader& read_storage, std::uint64_t largest_total,
                     const std::string& origin, std::vector<std::string>& others);

}  // namespace musicmem::weights
