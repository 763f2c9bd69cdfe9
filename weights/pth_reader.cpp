// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "data/files/placeholder.h"
#include "weights/pth_file.h"
#include "weights/safetensors.h"
#include "weights/torch_archive.h"
#include "weights/unpickler.h"

#include <algorithm>
#include <array>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace musicmem::weights {
namespace {

// A description of this size already names a hundred thousand tensors.
constexpr std::size_t largest_pickle = std::size_t{16} << 20;

// Tensors that share storage, or repeat it with stride 0, may be larger than the file, within reason.
std::uint64_t largest_total(const ArchiveReader& archive) {
  constexpr std::uint64_t floor = std::uint64_t{64} << 20;
  return floor + 8 * archive.file_bytes();
}

constexpr int deepest = 2;  // "model.state_dict"

bool holds_tensors(const PickleValue& dict) {
  for (std::size_t i = 1; i < dict.items.size(); i += 2) {
    if (dict.items[i]->kind == PickleKind::tensor) return true;
  }
  return false;
}

// The dict of tensors, and the path of keys to it: under a known key first, beside which a tensor may lie
// that is no weight.
const PickleValue* find_tensors(const PickleValue& dict, std::string& path, int levels) {
  constexpr std::array known = {"model", "state_dict", "model_state_dict"};
  for (const char* key : known) {
    const PickleValue* inner = levels > 0 ? dict.find(key) : nullptr;
    if (inner == nullptr || inner->kind != PickleKind::dict) continue;
    std::string below;
    const PickleValue* found = find_tensors(*inner, below, levels - 1);
    if (found == nullptr) continue;
    path = below.empty() ? key : key + ("." + below);
    return found;
  }
  return holds_tensors(dict) ? &dict : nullptr;
}

void note(Remarks& remarks, const std::string& key, const PickleValue& value) {
  if (value.kind == PickleKind::text) {
    remarks.texts[key] = value.text;
  } else if (value.kind == PickleKind::real) {
    remarks.numbers[key] = value.real;
  } else if (value.kind == PickleKind::integer || value.kind == PickleKind::boolean) {
    remarks.integers[key] = value.integer;
  } else {
    remarks.others.push_back(key);
  }
}

std::string keys_text(const PickleValue& dict) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < std::min<std::size_t>(dict.items.size(), 20); i += 2) {
    keys.push_back(dict.items[i]->text);
  }
  return keys.empty() ? "nothing" : fmt::format("{}", fmt::join(keys, ", "));
}

Settings read_settings(const ArchiveReader& archive, const std::string& origin) {
  constexpr std::uint64_t largest = 65536;
  if (!archive.has(settings_record)) return {};
  try {
    return nlohmann::json::parse(archive.read(settings_record, largest)).get<Settings>();
  } catch (const nlohmann::json::exception&) {
    throw Error("is damaged: its record '" + std::string(settings_record) + "' cannot be read", origin,
                "fetch or copy the file again");
  }
}

PthFile read_archive(const ArchiveReader& archive, const std::string& origin) {
  const PickleDocument document = unpickle(archive.read("data.pkl", largest_pickle), origin);
  const PickleValue& root = document.root();
  if (root.kind != PickleKind::dict) {
    throw Error("holds no dict of tensors", origin, "save it with torch.save(model.state_dict(), FILE)");
  }
  PthFile file;
  file.settings = read_settings(archive, origin);
  const PickleValue* tensors = find_tensors(root, file.nested_under, deepest);
  if (tensors == nullptr) {
    throw Error(
        "holds no dict of tensors, at the top or under model or state_dict; it holds " + keys_text(root),
        origin, "save it with torch.save(model.state_dict(), FILE)");
  }
  file.tensors = tensors_of(
      *tensors,
      [&archive](const std::string& key, std::uint64_t largest) {
        return archive.read("data/" + key, largest);
      },
      largest_total(archive), origin, file.remarks.others);
  if (tensors != &root) {
    for (std::size_t i = 0; i + 1 < root.items.size(); i += 2) {
      if (root.items[i + 1]->kind != PickleKind::dict)
        note(file.remarks, root.items[i]->text, *root.items[i + 1]);
    }
  }
  return file;
}

}  // namespace

PthFile read_pth(const std::filesystem::path& path) {
  return read_archive(ArchiveReader(path), path.string());
}

PthFile parse_pth(std::string bytes, const std::string& name) {
  return read_archive(ArchiveReader(std::move(bytes), name), name);
}

PthFile read_checkpoint(const std::filesystem::path& path) {
  data::refuse_placeholder(path);
  return is_safetensors(path) ? read_safetensors(path) : read_pth(path);
}

}  // namespace musicmem::weights
