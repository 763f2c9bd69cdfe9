// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/durable_file.h"
#include "weights/pickler.h"
#include "weights/pth_file.h"
#include "weights/torch_archive.h"

#include <system_error>

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
  const fs::path temporary = data::temporary_name(path);
  try {
    write_pth_unsynced(temporary, tensors, remarks, settings);
    data::commit_file(temporary, path);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

void write_archive(const fs::path& path, Pickler& pickler, const Settings& settings) {
  ArchiveWriter archive(path);
  archive.write("data.pkl", pickler.finish());
  archive.write("byteorder", "little");
  for (std::size_t i = 0; i < pickler.tensors().size(); ++i) {
    archive.write("data/" + std::to_string(i), pickler.tensors()[i]->bytes);
  }
  if (!settings.empty()) archive.write(settings_record, nlohmann::json(settings).dump());
  archive.finish();
}

}  // namespace musicmem::weights
