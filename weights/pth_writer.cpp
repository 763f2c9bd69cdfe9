// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/durable_file.h"
#include "weights/pickler.h"
#include "weights/pth_file.h"
#include "weights/torch_archive.h"

#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace musicmem::weights {
namespace {

namespace fs = std::filesystem;

void pickle_tensors(Pickler& pickler, const StateDict& tensors) {
  pickler.begin_ordered_dict();
  for (const auto& [name, tensor] : tensors.entries) {
    pickler.text(name);
    pickler.tensor(tensor);
  }
  pickler.end_dict();
}

void pickle_file(Pickler& pickler, const StateDict& tensors, const Remarks& remarks) {
  if (remarks.texts.empty() && remarks.numbers.empty() && remarks.integers.empty()) {
    return pickle_tensors(pickler, tensors);
  }
  pickler.begin_dict();
  for (const auto& [key, value] : remarks.texts) {
    pickler.text(key);
    pickler.text(value);
  }
  for (const auto& [key, value] : remarks.numbers) {
    pickler.text(key);
    pickler.real(value);
  }
  for (const auto& [key, value] : remarks.integers) {
    pickler.text(key);
    pickler.integer(value);
  }
  pickler.text("model");
  pickle_tensors(pickler, tensors);
  pickler.end_dict();
}

}  // namespace

void write_pth_unsynced(const fs::path& path, const StateDict& tensors, const Remarks& remarks,
                        const Settings& settings) {
  Pickler pickler;
  pickle_file(pickler, tensors, remarks);
  write_archive(path, pickler, settings);
}

void write_pth(const fs::path& path, const StateDict& tensors, const Remarks& remarks,
               const Settings& settings) {
  data::TemporaryFile temporary(path);
  write_pth_unsynced(temporary.name(), tensors, remarks, settings);
  temporary.commit();
}

void write_archive(const fs::path& path, Pickler& pickler, const Settings& settings) {
  const std::string pickle = pickler.finish();
  std::vector<std::pair<std::string, std::string_view>> records = {{"data.pkl", pickle},
                                                                   {"byteorder", "little"}};
  for (std::size_t i = 0; i < pickler.tensors().size(); ++i) {
    records.emplace_back("data/" + std::to_string(i), pickler.tensors()[i]->bytes);
  }
  const std::string settings_text = settings.empty() ? "" : nlohmann::json(settings).dump();
  if (!settings.empty()) records.emplace_back(settings_record, settings_text);
  ArchiveWriter writer(path);
  for (const auto& [name, bytes] : records) writer.write(name, bytes);
  writer.finish();
  const ArchiveReader reader(path);
  for (const auto& [name, bytes] : records) {
    if (reader.read(name, bytes.size()) != bytes) data::fail_to_read_back(path);
  }
}

}  // namespace musicmem::weights
