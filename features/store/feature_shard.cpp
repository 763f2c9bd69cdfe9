// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/store/feature_shard.h"

#include "config/error.h"
#include "data/files/durable_file.h"

namespace musicmem::features {
namespace {

constexpr std::string_view kind = "feature shard";

data::hdf5::Shape with_samples(std::size_t samples, const data::hdf5::Shape& shape) {
  data::hdf5::Shape whole = {samples};
  whole.insert(whole.end(), shape.begin(), shape.end());
  return whole;
}

std::string good_bytes(const std::filesystem::path& path, const std::string& work_hash) {
  std::string bytes = data::read_file(path);
  if (data::check_image_seal(bytes, kind, work_hash) == data::SealState::good) return bytes;
  throw Error("was damaged or replaced while it was read", path.string(),
              "run the same command again; give studies of other audio a features.store of their own");
}

}  // namespace

std::string shard_bytes(const StoreKey& key, const PreparedClip& clip, const std::string& work_hash) {
  const std::size_t samples = clip.semitones.size();
  data::hdf5::ImageWriter writer;
  describe_file(writer, key, std::string(kind));
  SampleList{std::vector<std::string>(samples, clip.track), clip.semitones,
             std::vector<std::string>(samples, clip.remarks)}
      .write(writer);
  for (const SampleArray& array : clip.arrays) {
    std::visit(
        [&](const auto& values) {
          writer.dataset(array.name, values, with_samples(samples, array.shape),
                         {with_samples(1, array.shape)});
        },
        array.values);
    ArrayDescription{array.meaning, array.unit, array.columns}.write(writer, array.name);
  }
  std::string bytes = writer.bytes();
  data::seal_image(bytes, kind, work_hash);
  return bytes;
}

data::SealState shard_state(const std::filesystem::path& path, const std::string& work_hash,
                            data::KnownFiles& known) {
  return known.seal_state(path, kind, work_hash);
}

FeatureShard::FeatureShard(const std::filesystem::path& path, const std::string& work_hash)
    : name_(path.string()),
      bytes_(good_bytes(path, work_hash)),
      file_(bytes_, name_),
      samples_(SampleList::read(file_)),
      datasets_(feature_datasets(file_)) {}

}  // namespace musicmem::features
