// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights/training_checkpoint.h"

#include "config/io_error.h"
#include "data/files/durable_file.h"
#include "data/files/file_reading.h"
#include "data/files/sealed_file.h"
#include "weights/pickler.h"
#include "weights/pth_file.h"
#include "weights/torch_archive.h"
#include "weights/unpickler.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace musicmem::weights {
namespace {

namespace fs = std::filesystem;

constexpr const char* seal_kind = "training checkpoint";
constexpr const char* format_name = "musicmem training checkpoint";
constexpr std::int64_t format_version = 1;
constexpr std::ptrdiff_t checkpoints_kept = 2;

void pickle_state(Pickler& pickler, const std::string& key, const StateDict& state) {
  pickler.text(key);
  pickler.begin_ordered_dict();
  for (const auto& [name, tensor] : state.entries) {
    pickler.text(name);
    pickler.tensor(tensor);
  }
  pickler.end_dict();
}

template <class Map, class Write>
void pickle_map(Pickler& pickler, const std::string& key, const Map& map, const Write& write) {
  pickler.text(key);
  pickler.begin_dict();
  for (const auto& [name, value] : map) {
    pickler.text(name);
    write(value);
  }
  pickler.end_dict();
}

void write_checkpoint(const fs::path& path, const TrainingCheckpoint& checkpoint) {
  Pickler pickler;
  pickler.begin_dict();
  pickler.text("format");
  pickler.text(format_name);
  pickler.text("version");
  pickler.integer(format_version);
  pickler.text("step");
  pickler.integer(checkpoint.step);
  pickle_map(pickler, "counters", checkpoint.counters, [&](std::int64_t value) { pickler.integer(value); });
  pickle_map(pickler, "numbers", checkpoint.numbers, [&](double value) { pickler.real(value); });
  pickle_map(pickler, "texts", checkpoint.texts, [&](const std::string& value) { pickler.text(value); });
  const Tensor order = Tensor::of(checkpoint.data_order);
  pickler.text("data_order");
  pickler.tensor(order);
  pickle_state(pickler, "model", checkpoint.model);
  pickle_state(pickler, "optimizer", checkpoint.optimizer);
  pickler.end_dict();
  write_archive(path, pickler);
}

// The parts of a checkpoint's pickle, for a file that may be wrong in any way.
class CheckpointReader {
 public:
  explicit CheckpointReader(const fs::path& path)
      : origin_(path.string()),
        archive_(path),
        document_(unpickle(archive_.read("data.pkl", archive_.file_bytes()), origin_)) {
    if (part("format", PickleKind::text).text != format_name) fail("it is of another format");
    const std::int64_t version = part("version", PickleKind::integer).integer;
    if (version != format_version) {
      throw Error("is a training checkpoint of version " + std::to_string(version) + ", this program reads " +
                      std::to_string(format_version),
                  origin_, "use the program that wrote it, or start the fit again");
    }
  }

  TrainingCheckpoint read() const {
    TrainingCheckpoint checkpoint;
    checkpoint.step = part("step", PickleKind::integer).integer;
    each("counters", PickleKind::integer, [&](const PickleValue& key, const PickleValue& value) {
      checkpoint.counters[key.text] = value.integer;
    });
    each("numbers", PickleKind::real, [&](const PickleValue& key, const PickleValue& value) {
      checkpoint.numbers[key.text] = value.real;
    });
    each("texts", PickleKind::text,
         [&](const PickleValue& key, const PickleValue& value) { checkpoint.texts[key.text] = value.text; });
    checkpoint.model = tensors(part("model", PickleKind::dict));
    checkpoint.optimizer = tensors(part("optimizer", PickleKind::dict));
    const StateDict all = tensors(document_.root());
    const Tensor* order = all.find("data_order");
    if (order == nullptr || order->type != ElementType::int64) fail("it has no order of the data");
    checkpoint.data_order = order->integers();
    return checkpoint;
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw Error("is no training checkpoint: " + problem, origin_);
  }

  const PickleValue& part(const std::string& key, PickleKind kind) const {
    const PickleValue* value = document_.root().find(key);
    if (value == nullptr || value->kind != kind) fail("'" + key + "' is missing");
    return *value;
  }

  void each(const std::string& key, PickleKind kind,
            const std::function<void(const PickleValue&, const PickleValue&)>& take) const {
    const PickleValue& dict = part(key, PickleKind::dict);
    for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
      if (dict.items[i + 1]->kind != kind) fail("an entry of '" + key + "' is of another kind");
      take(*dict.items[i], *dict.items[i + 1]);
    }
  }

  StateDict tensors(const PickleValue& dict) const {
    std::vector<std::string> others;
    return tensors_of(
        dict,
        [this](const std::string& key, std::uint64_t largest) {
          return archive_.read("data/" + key, largest);
        },
        archive_.file_bytes(), origin_, others);
  }

  std::string origin_;
  ArchiveReader archive_;
  PickleDocument document_;
};

std::string file_name(std::int64_t step) {
  return fmt::format("step-{:010}.ckpt", step);
}

// Newest first: names count upwards.
std::vector<fs::path> checkpoints_in(const fs::path& directory) {
  std::vector<fs::path> paths;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(directory, missing)) {
    if (entry.path().extension() == ".ckpt") paths.push_back(entry.path());
  }
  std::sort(paths.rbegin(), paths.rend());
  return paths;
}

}  // namespace

CheckpointDirectory::CheckpointDirectory(fs::path directory, std::string work_hash)
    : directory_(std::move(directory)), work_hash_(std::move(work_hash)) {}

void CheckpointDirectory::save(const TrainingCheckpoint& checkpoint) const {
  data::make_directories(directory_);
  const fs::path path = directory_ / file_name(checkpoint.step);
  data::TemporaryFile temporary(path);
  write_checkpoint(temporary.name(), checkpoint);
  data::seal_file(temporary.name(), seal_kind, work_hash_);
  temporary.commit();
  // The steps of a fit only grow: a file of a later one is another fit's that stopped here, or damaged.
  const std::vector<fs::path> all = checkpoints_in(directory_);
  const auto own = std::find(all.begin(), all.end(), path);
  for (auto each = all.begin(); each != all.end(); ++each) {
    std::error_code ignored;
    if (each < own || each - own >= checkpoints_kept) fs::remove(*each, ignored);
  }
}

std::optional<TrainingCheckpoint> CheckpointDirectory::load_newest(std::vector<std::string>* problems) const {
  const auto pass_over = [problems](const std::string& why) {
    if (problems != nullptr) problems->push_back(why);
  };
  for (const fs::path& path : checkpoints_in(directory_)) {
    if (data::check_seal(path, seal_kind, work_hash_) != data::SealState::good) {
      pass_over(path.string() + ": damaged, or of another fit; it is passed over");
      continue;
    }
    try {
      return CheckpointReader(path).read();
    } catch (const IoError&) {
      throw;
    } catch (const Error& error) {
      pass_over(error.what());
    }
  }
  return std::nullopt;
}

void CheckpointDirectory::remove() const {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

TrainingCheckpoint read_training_checkpoint(const fs::path& path) {
  return CheckpointReader(path).read();
}

bool is_training_checkpoint(const fs::path& path) {
  constexpr std::streamoff seal_size = 256;
  std::error_code unknown;
  if (!fs::is_regular_file(path, unknown)) return false;
  std::ifstream file = data::open_to_read(path);
  file.seekg(0, std::ios::end);
  const std::streamoff size = file.tellg();
  if (!file || size < seal_size) return false;
  std::string seal(seal_size, '\0');
  file.seekg(size - seal_size);
  file.read(seal.data(), seal_size);
  data::require_no_failure(file, path);
  return file && seal.find("\nmusicmem " + std::string(seal_kind) + "\n") != std::string::npos;
}

}  // namespace musicmem::weights
