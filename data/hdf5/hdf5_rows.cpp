// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/hdf5/hdf5_rows.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/ranges.h>
#include <hdf5.h>

namespace musicmem::data::hdf5 {
namespace {

int close_list(hid_t id) {
  return H5Pclose(id);
}

std::string number_stored(hid_t dataset) {
  const Handle type(H5Dget_type(dataset), close_type);
  if (H5Tequal(type.get(), H5T_IEEE_F32LE) > 0) return "f32";
  if (H5Tequal(type.get(), H5T_IEEE_F64LE) > 0) return "f64";
  return "";
}

std::string filters_of(hid_t creation) {
  std::string text;
  const int count = H5Pget_nfilters(creation);
  for (int filter = 0; filter < count; ++filter) {
    std::array<unsigned, 8> settings{};
    std::size_t size = settings.size();
    unsigned flags = 0;
    const auto id = H5Pget_filter2(creation, static_cast<unsigned>(filter), &flags, &size, settings.data(), 0,
                                   nullptr, nullptr);
    if (id < 0 || size > settings.size()) return "unknown";
    text +=
        fmt::format(" {}:{}", static_cast<int>(id),
                    fmt::join(settings.begin(), settings.begin() + static_cast<std::ptrdiff_t>(size), ","));
  }
  return text;
}

Shape shape_of_dataset(hid_t dataset) {
  const Handle space(H5Dget_space(dataset), close_space);
  return shape_of(space.get());
}

std::vector<hsize_t> place_of(hid_t dataset, std::uint64_t row) {
  std::vector<hsize_t> place(shape_of_dataset(dataset).size(), 0);
  if (!place.empty()) place[0] = row;
  return place;
}

}  // namespace

std::string row_storage(std::int64_t dataset) {
  const std::string number = number_stored(dataset);
  const Handle creation(H5Dget_create_plist(dataset), close_list);
  if (number.empty() || H5Pget_layout(creation.get()) != H5D_CHUNKED) return "";
  Shape row = shape_of_dataset(dataset);
  std::vector<hsize_t> chunk(row.size());
  if (H5Pget_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data()) < 0) return "";
  row.at(0) = 1;
  if (!std::equal(row.begin(), row.end(), chunk.begin(), chunk.end())) return "";
  const std::string filters = filters_of(creation.get());
  return filters == "unknown" ? "" : fmt::format("{} {}{}", number, row, filters);
}

StoredRow read_stored_row(std::int64_t dataset, std::uint64_t row, const std::string& path,
                          const std::string& file) {
  const std::string action = fmt::format("read row {} of dataset {}", row, path);
  const std::vector<hsize_t> place = place_of(dataset, row);
  hsize_t size = 0;
  check(H5Dget_chunk_storage_size(dataset, place.data(), &size), action, file);
  StoredRow stored{0, std::string(size, '\0')};
  check(H5Dread_chunk(dataset, H5P_DEFAULT, place.data(), &stored.filters_left_out, stored.bytes.data()),
        action, file);
  return stored;
}

void write_stored_row(std::int64_t dataset, std::uint64_t row, const StoredRow& stored,
                      const std::string& path, const std::string& file) {
  const std::vector<hsize_t> place = place_of(dataset, row);
  check(H5Dwrite_chunk(dataset, H5P_DEFAULT, stored.filters_left_out, place.data(), stored.bytes.size(),
                       stored.bytes.data()),
        "write dataset " + path, file);
}

}  // namespace musicmem::data::hdf5
