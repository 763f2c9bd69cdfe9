// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "config/experiment.h"
#include "data/files/csv.h"
#include "data/files/durable_file.h"
#include "data/files/folder_entries.h"
#include "features/feature_set.h"
#include "features/spectra/frames.h"
#include "features/store/feature_store.h"
#include "features/store/prepare_clip.h"
#include "launcher/commands/clip_options.h"
#include "launcher/commands/commands.h"
#include "launcher/run/clip_warnings.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>

#include <CLI/CLI.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

struct FeaturesOptions {
  std::vector<std::string> clips;
  std::string set = "ehc";
  std::string tuning = "estimate";
  std::string output;
  ClipOptions clip;
};

std::vector<std::string> set_names() {
  std::vector<std::string> names;
  for (const features::FeatureSetKind* kind : features::feature_set_kinds())
    names.push_back(to_string(kind->set));
  return names;
}

config::FeatureSet parse_set(const std::string& text) {
  const auto named = [&](const features::FeatureSetKind* kind) { return to_string(kind->set) == text; };
  return (*std::ranges::find_if(features::feature_set_kinds(), named))->set;
}

// Features of one clip under the names and shapes of a feature file; frames last where librosa has them last.
using ClipArrays = std::vector<features::SampleArray>;

class Extractor {
 public:
  Extractor(config::FeatureSet set, const config::Features& settings) : set_(set), preparer_(settings) {
    const config::Tuning& tuning = settings.ehc.harmony.tuning;
    if (tuning.kind == config::Tuning::Kind::fixed) preparer_.set_classic_tuning(tuning.fraction);
  }

  ClipArrays full(const std::string& track, const features::ClipAudio& clip) {
    return preparer_.over_time(set_, track, clip);
  }

  // Rows of the CSV form: of named columns as models take them, or one row of means over the frames.
  data::Matrix rows(const std::string& track, const features::ClipAudio& clip,
                    std::vector<std::string>& columns) {
    const features::SampleArray array = preparer_.extract(set_, features::original_only(track, clip)).front();
    columns = array.columns;
    if (!columns.empty()) return rows_of(array);
    const auto& values = std::get<std::vector<float>>(array.values);
    const std::size_t bins = array.shape.at(1);
    data::Matrix means(1, bins);
    for (std::size_t i = 0; i < values.size(); ++i)
      means(0, i % bins) += values[i] / static_cast<double>(array.shape.at(0));
    for (std::size_t bin = 0; bin < bins; ++bin)
      columns.push_back(array.name + "_" + std::to_string(bin + 1));
    return means;
  }

 private:
  config::FeatureSet set_;
  features::ClipPreparer preparer_;
};

void add_clip(data::hdf5::Writer& writer, const std::string& group, const ClipArrays& arrays) {
  for (const features::SampleArray& array : arrays) {
    const std::string path = group + "/" + array.name;
    std::visit([&](const auto& values) { writer.dataset(path, values, array.shape); }, array.values);
    writer.attribute(path, "meaning", array.meaning);
    if (!array.unit.empty()) writer.attribute(path, "unit", array.unit);
    if (!array.columns.empty()) writer.attribute(path, "columns", array.columns);
  }
}

void add_rows(std::string& csv, const std::string& clip, const data::Matrix& rows,
              const std::vector<std::string>& columns) {
  if (csv.empty()) {
    csv = rows.rows() > 1 ? "clip,segment_idx" : "clip";
    for (const std::string& column : columns) csv += "," + column;
    csv += "\n";
  }
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    csv += data::csv_field(clip);
    if (rows.rows() > 1) csv += "," + std::to_string(r + 1);
    for (const double value : rows.row(r)) csv += "," + data::format_number(value);
    csv += "\n";
  }
}

// The two forms of output behind one call per clip.
class FeatureFile {
 public:
  FeatureFile(const FeaturesOptions& options, const config::Features& settings)
      : options_(options), settings_(settings) {
    const std::string extension = fs::path(options.output).extension().string();
    if (extension == ".h5" || extension == ".hdf5") {
      as_csv_ = false;
      writer_.attribute("/", "format", std::string("musicmem features"));
      writer_.attribute("/", "feature_set", options.set);
      writer_.attribute("/", "sample_rate", static_cast<std::int64_t>(features::study_rate));
      describe(parse_set(options.set));
    } else if (!options.output.empty() && extension != ".csv") {
      throw usage_error("'" + options.output + "' is neither .h5 nor .csv", "--output");
    }
  }

  void add(const std::string& path, Extractor& extractor) {
    const features::ClipAudio clip =
        features::read_clip(data::as_spelled(path), features::part_of(settings_.clip));
    const std::string track = fs::path(path).filename().string();
    const std::string stem = fs::path(path).stem().string();
    if (!stems_.insert(stem).second) {
      throw Error("another clip of this call is also called '" + stem + "'", path,
                  "give each its own file name");
    }
    warn_of_clip(path, clip.remarks(), settings_.clip.seconds);
    if (as_csv_) {
      std::vector<std::string> columns;
      const data::Matrix rows = extractor.rows(track, clip, columns);
      add_rows(csv_, stem, rows, columns);
    } else {
      add_clip(writer_, stem, extractor.full(track, clip));
    }
  }

  void write() { write_output(options_.output, as_csv_ ? csv_ : writer_.bytes()); }

 private:
  // The parameters and notes that a feature store of these settings carries.
  void describe(config::FeatureSet set) {
    config::Experiment experiment;
    experiment.features = settings_;
    experiment.augment.pitch_semitones.clear();
    const features::StoreKey key = features::store_key(set, experiment);
    writer_.attribute("/", "parameters", key.parameters);
    for (const auto& [name, text] : key.notes) writer_.attribute("/", name, text);
    if (!features::kind_of(set).uses_spectrum) return;
    writer_.attribute("/", "tuning", options_.tuning);
    writer_.attribute("/", "frame_length", static_cast<std::int64_t>(features::frame_length));
    writer_.attribute("/", "hop_length", static_cast<std::int64_t>(features::hop_length));
  }

  const FeaturesOptions& options_;
  const config::Features& settings_;
  bool as_csv_ = true;
  std::set<std::string> stems_;
  std::string csv_;
  data::hdf5::ImageWriter writer_;
};

int extract_features(const FeaturesOptions& options) {
  config::Features settings;
  settings.clip = clip_of(options.clip);
  settings.ehc.harmony.tuning = config::Tuning::parse(options.tuning);
  Extractor extractor(parse_set(options.set), settings);
  FeatureFile file(options, settings);
  if (!options.output.empty()) data::require_writable_directory(fs::absolute(options.output).parent_path());
  std::size_t failed = 0;
  for (const std::string& clip : options.clips) {
    try {
      file.add(clip, extractor);
    } catch (const Error& error) {
      ++failed;
      std::fprintf(stderr, "musicmem: error: %s\n", error.what());
    }
  }
  if (failed == options.clips.size()) return exit_code::error;
  file.write();
  return failed > 0 ? exit_code::failed_tasks : exit_code::done;
}

}  // namespace

void add_features_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<FeaturesOptions>();
  CLI::App* command = app.add_subcommand("features", "Extract features of clips into HDF5 or CSV");
  command->add_option("clip", options->clips, "audio files")->required()->type_name("CLIP");
  command->add_option("--set", options->set, "ehc, classic or fbank")->check(CLI::IsMember(set_names()));
  command->add_option(
      "--tuning", options->tuning,
      "of the chroma: estimate (of ehc per segment, of classic over the clip), clip, or a fraction of a bin");
  command->add_option(
      "--output", options->output,
      "FILE.h5: a group per clip, all frames; FILE.csv: pooled values; default: CSV to standard output");
  add_clip_options(*command, options->clip, /*has_segments=*/true);
  command->footer(
      "Examples:\n  musicmem features clip.wav --set ehc --output clip.h5\n"
      "  musicmem features *.ogg --set classic --output classic.csv\n"
      "  musicmem features song.flac --seconds 10 --offset 30 --segment 2 --hop 1");
  command->callback([&action, options] {
    action.computes = true;
    action.run = [options](distributed::World& world) {
      return on_rank_zero(world, [&] { return extract_features(*options); });
    };
  });
}

}  // namespace musicmem::launcher
