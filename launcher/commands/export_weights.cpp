// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "data/files/file_reading.h"
#include "launcher/commands/commands.h"
#include "models/ssast/names.h"
#include "models/ssast/reading.h"
#include "weights/pth_file.h"
#include "weights/state_file.h"
#include "weights/training_checkpoint.h"

#include <cstdio>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

struct ExportWeightsOptions {
  std::string input;
  std::string output;
  std::string prefix;
};

// The arrays of an HDF5 weights file.
weights::StateDict arrays_of(const weights::StateFile& file) {
  weights::StateDict tensors;
  const auto add = [&tensors](const auto& arrays, weights::ElementType type) {
    for (const auto& [name, array] : arrays) {
      weights::Tensor tensor;
      tensor.type = type;
      tensor.shape.assign(array.shape.begin(), array.shape.end());
      tensor.bytes.assign(reinterpret_cast<const char*>(array.values.data()),
                          array.values.size() * weights::element_size(type));
      tensors.add(name, std::move(tensor));
    }
  };
  add(file.floats, weights::ElementType::float32);
  add(file.doubles, weights::ElementType::float64);
  return tensors;
}

// The weights file of a fit's directory, or the file itself.
fs::path weights_in(const fs::path& path) {
  if (!fs::is_directory(path)) return path;
  for (const char* name : {"weights.pth", "weights.h5"}) {
    if (fs::exists(path / name)) return path / name;
  }
  throw Error(
      "holds no weights.pth or weights.h5", path.string(),
      "give a weights file or the directory of one fit, such as RUN/folds/ssast/vanilla/seed-1111/fold-0");
}

weights::PthFile read_weights(const fs::path& path) {
  if (weights::is_training_checkpoint(path)) {
    return {weights::read_training_checkpoint(path).model, "", {}, {}};
  }
  if (data::is_hdf5(path)) return {arrays_of(weights::read_state_file(path)), "", {}, {}};
  return weights::read_checkpoint(path);
}

// What wrappers put before the names of an SSAST.
void take_off_prefix(weights::StateDict& state) {
  const models::SsastTensors tensors(state);
  const std::string& prefix = tensors.prefix();
  if (prefix.empty()) return;
  std::fprintf(stderr, "musicmem: %s: prefix '%s' taken off\n", state.origin.c_str(), prefix.c_str());
  for (auto& [name, tensor] : state.entries) name = tensors.plain(name);
}

int export_weights(const ExportWeightsOptions& options) {
  weights::PthFile file = read_weights(weights_in(options.input));
  take_off_prefix(file.tensors);
  for (auto& [name, tensor] : file.tensors.entries) name.insert(0, options.prefix);
  // A model of another kind than its tensors tell would give other scores without them.
  const weights::Remarks remarks = models::used_remarks(file.remarks);
  weights::write_pth(options.output, file.tensors, remarks, models::used_settings(file.settings));
  std::fprintf(stderr, "musicmem: wrote %zu tensors to %s\n", file.tensors.entries.size(),
               options.output.c_str());
  if (!remarks.texts.empty() || !remarks.numbers.empty() || !remarks.integers.empty()) {
    std::fprintf(stderr,
                 "musicmem: they are under 'model', beside the settings that `predict` needs "
                 "and tensors do not hold\n");
  }
  return exit_code::done;
}

}  // namespace

void add_export_weights_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<ExportWeightsOptions>();
  CLI::App* command =
      app.add_subcommand("export-weights", "Write the weights of a fit as a PyTorch checkpoint");
  command
      ->add_option("weights", options->input,
                   "weights.pth or weights.h5 of a fit, its directory, or a training checkpoint")
      ->required()
      ->type_name("FILE");
  command->add_option("--output", options->output, "the .pth file to write")
      ->required()
      ->type_name("FILE.pth");
  command->add_option("--prefix", options->prefix, "put before every name, such as module.")
      ->type_name("TEXT");
  command->footer(
      "Python reads it with torch.load(FILE, weights_only=True): an OrderedDict of tensors; of a model\n"
      "that tensors do not tell whole, such as one with pooling: cls, a dict that holds it under 'model'.\n"
      "Example:\n"
      "  musicmem export-weights runs/ytmm/folds/ssast/vanilla/seed-1111/fold-0 --output fold-0.pth");
  command->callback([&action, options] {
    action.run = [options](distributed::World& world) {
      return on_rank_zero(world, [&] { return export_weights(*options); });
    };
  });
}

}  // namespace musicmem::launcher
