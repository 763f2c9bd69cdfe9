// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes as HDF5 files that are read without a seal: the datasets of any, weights, and tables of features. They are
// read or refused.
#include "config/error.h"
#include "data/ehc_table.h"
#include "data/hdf5/hdf5_reader.h"
#include "tests/fuzz/input_file.h"
#include "weights/state_file.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

template <typename Reader>
void read_by(const Reader& read) {
  try {
    read();
  } catch (const musicmem::Error&) {  // expected of bytes that are no such file
  }
}

void read_dataset(const musicmem::data::hdf5::Reader& file, const std::string& name) {
  read_by([&] { file.shape(name); });
  read_by([&] { file.floats(name); });
  read_by([&] { file.doubles(name); });
  read_by([&] { file.double_row(name, 0); });
  read_by([&] { file.integers(name); });
  read_by([&] { file.strings(name); });
  read_by([&] { file.texts_attribute(name, "columns"); });
  read_by([&] { file.text_attribute(name, "meaning"); });
}

void read_datasets(std::string_view bytes) {
  const musicmem::data::hdf5::Reader file(bytes, "fuzz");
  for (const std::string& name : file.children("/")) read_dataset(file, name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const musicmem::testing_support::InputFile file;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  file.put(data, size);
  read_by([&] { read_datasets(bytes); });
  read_by([&] { musicmem::weights::parse_state_file(bytes, "fuzz"); });
  read_by([&] { musicmem::data::read_segment_table(file.path()); });
  return 0;
}
