// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/counted.h"
#include "config/error.h"
#include "data/files/file_reading.h"
#include "data/hdf5/hdf5.h"
#include "data/hdf5/hdf5_trial.h"
#include "features/store/feature_store.h"
#include "launcher/commands/commands.h"
#include "launcher/stages/fit_files.h"
#include "launcher/study/run_plan.h"
#include "models/ssast/reading.h"
#include "weights/pth_file.h"
#include "weights/safetensors.h"
#include "weights/state_file.h"
#include "weights/training_checkpoint.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

void print_field(const char* name, const std::string& value) {
  std::printf("%-12s %s\n", (std::string(name) + ":").c_str(), value.c_str());
}

std::string number_text(double value) {
  return fmt::format("{:.10g}", value);
}

bool is_finite(const weights::Tensor& tensor) {
  if (!weights::is_floating(tensor.type)) return true;
  const std::vector<float> values = tensor.floats();
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

void print_tensors(const weights::StateDict& state) {
  std::int64_t elements = 0;
  for (const auto& [name, tensor] : state.entries) elements += tensor.elements();
  print_field("tensors",
              std::to_string(state.entries.size()) + " of " + std::to_string(elements) + " values");
  for (const auto& [name, tensor] : state.entries) {
    std::printf("  %-48s %-9s %s%s\n", name.c_str(), weights::to_string(tensor.type).c_str(),
                weights::shape_text(tensor.shape).c_str(), is_finite(tensor) ? "" : "  NOT FINITE");
  }
}

// "8 x 6 patches of stride 16 (96 to 111 frames), from the number of positions"
std::string setting_text(const models::SsastReading& reading, const models::SsastSetting& setting) {
  switch (setting.source) {
    case models::SsastSource::positions:
      return setting.value + ", from the number of positions";
    case models::SsastSource::nowhere:
      if (setting.name == "grid") {
        return "not in the file; its " + std::to_string(reading.found.patches) + " positions may be of " +
               setting.value;
      }
      return "not in the file; predict takes " + setting.value;
    default:
      return setting.value;
  }
}

// What the tensors look like, and how predict would read them.
void print_model(const weights::PthFile& file) {
  const std::optional<models::SsastReading> reading = models::examine_ssast(file);
  print_field("model", reading ? reading->found.description : "not recognised");
  if (!reading) return;
  if (!reading->found.prefix.empty()) {
    print_field("prefix", "'" + reading->found.prefix + "' before every name, taken off when it is read");
  }
  for (const models::SsastSetting& setting : reading->settings) {
    print_field(setting.name.c_str(), setting_text(*reading, setting));
  }
}

std::string kind_of(const fs::path& path, const weights::PthFile& file) {
  if (weights::is_safetensors(path)) return "safetensors file";
  return file.nested_under.empty() ? "PyTorch checkpoint"
                                   : "PyTorch checkpoint, tensors under " + file.nested_under;
}

void inspect_checkpoint(const fs::path& path) {
  const weights::PthFile file = weights::read_checkpoint(path);
  print_field("file", path.string());
  print_field("kind", kind_of(path, file));
  print_model(file);
  // Those that the model's reader hears are shown above.
  const weights::Remarks used = models::used_remarks(file.remarks);
  const weights::Settings used_settings = models::used_settings(file.settings);
  for (const auto& [key, value] : file.settings) {
    if (!used_settings.contains(key)) print_field(key.c_str(), value);
  }
  for (const auto& [key, value] : file.remarks.texts) {
    if (!used.texts.contains(key)) print_field(key.c_str(), value);
  }
  for (const auto& [key, value] : file.remarks.numbers) print_field(key.c_str(), number_text(value));
  for (const auto& [key, value] : file.remarks.integers) print_field(key.c_str(), std::to_string(value));
  for (const std::string& key : file.remarks.others) print_field("not read", key);
  print_tensors(file.tensors);
}

void inspect_training_checkpoint(const fs::path& path) {
  const weights::TrainingCheckpoint checkpoint = weights::read_training_checkpoint(path);
  print_field("file", path.string());
  print_field("kind", "training checkpoint of a fit that is not finished");
  print_model({checkpoint.model, "", {}, {}});
  print_field("step", std::to_string(checkpoint.step));
  for (const auto& [key, value] : checkpoint.counters) print_field(key.c_str(), std::to_string(value));
  for (const auto& [key, value] : checkpoint.numbers) print_field(key.c_str(), number_text(value));
  for (const auto& [key, value] : checkpoint.texts) print_field(key.c_str(), value.substr(0, 80));
  print_field("optimizer", std::to_string(checkpoint.optimizer.entries.size()) + " tensors");
  print_tensors(checkpoint.model);
}

std::string shape_text(const data::hdf5::Shape& shape) {
  return weights::shape_text({shape.begin(), shape.end()});
}

void inspect_weights(const fs::path& path) {
  const weights::StateFile state = weights::read_state_file(path);
  print_field("file", path.string());
  print_field("kind", "weights of a fit");
  for (const auto& [name, text] : state.texts) print_field(name.c_str(), text);
  for (const auto& [name, value] : state.numbers) print_field(name.c_str(), number_text(value));
  for (const auto& [name, list] : state.lists)
    print_field(name.c_str(), std::to_string(list.size()) + " names");
  for (const auto& [name, array] : state.floats) {
    std::printf("  %-48s %-9s %s\n", name.c_str(), "float32", shape_text(array.shape).c_str());
  }
  for (const auto& [name, array] : state.doubles) {
    std::printf("  %-48s %-9s %s\n", name.c_str(), "float64", shape_text(array.shape).c_str());
  }
}

// Groups and datasets of a feature file, one line each.
void print_datasets(const data::hdf5::Reader& file, const std::string& group) {
  for (const std::string& name : file.children(group)) {
    const std::string path = group == "/" ? name : group + "/" + name;
    try {
      std::printf("  %-48s %s\n", path.c_str(), shape_text(file.shape(path)).c_str());
    } catch (const Error&) {  // a group has no shape
      print_datasets(file, path);
    }
  }
}

void inspect_hdf5(const fs::path& path) {
  const data::hdf5::Reader file(data::hdf5::harmless(path));
  const std::string format = file.has_attribute("/", "format") ? file.text_attribute("/", "format") : "";
  if (format == "musicmem weights") return inspect_weights(path);
  print_field("file", path.string());
  print_field("kind", format.empty() ? "HDF5 file of another program or a features export" : format);
  for (const char* name : {"set", "parameters", "track"}) {
    if (file.has_attribute("/", name)) print_field(name, file.text_attribute("/", name));
  }
  print_datasets(file, "/");
}

// Finished and planned fits of each model and variant.
void inspect_run(const fs::path& path) {
  const RunDirectory run = open_run(path);
  const RunPlan plan = read_run_plan(run);
  print_field("run", path.string());
  print_field("study", plan.name + (plan.synthetic ? " (synthetic)" : ""));
  print_field("tracks", std::to_string(plan.tracks.size()));
  print_field("folds", std::to_string(plan.folds) + " (" + to_string(plan.protocol) + ")");
  struct Count {
    int done = 0;
    int planned = 0;
  };
  std::map<std::string, Count> counts;
  for (const PlannedFit& fit : plan.fits) {
    Count& count = counts[fit.model + "/" + fit.variant];
    ++count.planned;
    if (check_fit(run.folds() / fit.directory, fit.hash) == FitState::good) ++count.done;
  }
  for (const auto& [name, count] : counts) {
    std::printf("  %-30s %d of %d fits\n", name.c_str(), count.done, count.planned);
  }
  const std::size_t failures = run.read_failures().size();
  if (failures > 0) print_field("failed", counted(failures, "task") + "; see musicmem status");
}

void inspect_directory(const fs::path& path) {
  for (const char* name : {"weights.pth", "weights.h5"}) {
    if (fs::exists(path / name))
      return name == std::string("weights.h5") ? inspect_hdf5(path / name) : inspect_checkpoint(path / name);
  }
  const std::vector<fs::path> compacted = features::compacted_files(path);
  for (const fs::path& file : compacted) inspect_hdf5(file);
  if (compacted.empty()) inspect_run(path);
}

int inspect(const std::string& given) {
  const fs::path path = given;
  if (!fs::exists(path)) throw Error("there is no such file or directory", given, "check the path");
  if (fs::is_directory(path)) {
    inspect_directory(path);
  } else if (weights::is_training_checkpoint(path)) {
    inspect_training_checkpoint(path);
  } else {
    data::is_hdf5(path) ? inspect_hdf5(path) : inspect_checkpoint(path);
  }
  return exit_code::done;
}

}  // namespace

void add_inspect_command(CLI::App& app, Action& action) {
  auto path = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("inspect", "Show what a weights file, checkpoint, feature file or run contains");
  command
      ->add_option("file", *path,
                   "a .pth, .safetensors, weights or feature file (.h5), a fit's or run's directory")
      ->required()
      ->type_name("FILE");
  command->footer("Example:\n  musicmem inspect weights/SSAST-Base-Patch-400.pth");
  command->callback([&action, path] {
    action.run = [path](distributed::World& world) {
      return on_rank_zero(world, [&] { return inspect(*path); });
    };
  });
}

}  // namespace musicmem::launcher
