// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/store/feature_file.h"

#include "data/files/names.h"
#include "data/segment_table.h"
#include "features/feature_set.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace musicmem::features {
namespace {

constexpr std::array<std::string_view, 4> sample_datasets = {"track", "augment_type", "semitones",
                                                             "adjustment"};

template <typename T>
void append_to(std::vector<T>& values, const std::vector<T>& others) {
  values.insert(values.end(), others.begin(), others.end());
}

template <typename T>
std::vector<T> cut(const std::vector<T>& values, std::size_t first, std::size_t count) {
  const std::size_t begin = std::min(first, values.size());
  const std::size_t end = std::min(begin + count, values.size());
  return {values.begin() + static_cast<std::ptrdiff_t>(begin),
          values.begin() + static_cast<std::ptrdiff_t>(end)};
}

std::string text_or_nothing(const data::hdf5::Reader& file, const std::string& dataset,
                            const std::string& name) {
  return file.has_attribute(dataset, name) ? file.text_attribute(dataset, name) : "";
}

}  // namespace

SampleList SampleList::read(const data::hdf5::Reader& file) {
  SampleList samples{{}, {}, file.strings("adjustment")};
  for (const std::string& track : file.strings("track")) samples.tracks.push_back(data::nfc(track));
  for (const std::int64_t n : file.integers("semitones")) samples.semitones.push_back(static_cast<int>(n));
  return samples;
}

void SampleList::write(data::hdf5::Writer& file) const {
  std::vector<std::string> augment_types;
  std::transform(semitones.begin(), semitones.end(), std::back_inserter(augment_types), data::augment_type);
  file.dataset("track", tracks);
  file.attribute("track", "meaning", std::string("file name of the clip of each sample"));
  file.dataset("augment_type", augment_types);
  file.attribute("augment_type", "meaning", std::string("original, or the pitch shift of each sample"));
  file.dataset("semitones", std::vector<std::int64_t>(semitones.begin(), semitones.end()),
               {semitones.size()});
  file.attribute("semitones", "unit", std::string("semitones of pitch shift, 0 for the original"));
  file.dataset("adjustment", remarks);
  file.attribute("adjustment", "meaning", std::string("how the file's length was brought to a clip's"));
}

void SampleList::append(const SampleList& others) {
  append_to(tracks, others.tracks);
  append_to(semitones, others.semitones);
  append_to(remarks, others.remarks);
}

SampleList SampleList::part(std::size_t first, std::size_t count) const {
  return {cut(tracks, first, count), cut(semitones, first, count), cut(remarks, first, count)};
}

std::vector<std::string> feature_datasets(const data::hdf5::Reader& file) {
  std::vector<std::string> names = file.children("/");
  std::erase_if(names, [](const std::string& name) {
    return std::ranges::find(sample_datasets, name) != sample_datasets.end();
  });
  // Attributes that are too long for one, such as many columns, stand in datasets beside: "encoder.columns".
  std::erase_if(names, [](const std::string& name) { return name.find('.') != std::string::npos; });
  return names;
}

void describe_file(data::hdf5::Writer& writer, const StoreKey& key, const std::string& kind) {
  writer.attribute("/", "format", "musicmem " + kind);
  writer.attribute("/", "feature_set", dataset_of(key.set));
  writer.attribute("/", "parameters", key.parameters);
  for (const auto& [name, text] : key.notes) writer.attribute("/", name, text);
}

ArrayDescription ArrayDescription::read(const data::hdf5::Reader& file, const std::string& dataset) {
  ArrayDescription description{
      text_or_nothing(file, dataset, "meaning"), text_or_nothing(file, dataset, "unit"), {}};
  if (file.has_attribute(dataset, "columns")) description.columns = file.texts_attribute(dataset, "columns");
  return description;
}

void ArrayDescription::write(data::hdf5::Writer& file, const std::string& dataset) const {
  file.attribute(dataset, "meaning", meaning);
  if (!unit.empty()) file.attribute(dataset, "unit", unit);
  if (!columns.empty()) file.attribute(dataset, "columns", columns);
}

}  // namespace musicmem::features
