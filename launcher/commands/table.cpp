// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/counted.h"
#include "config/error.h"
#include "data/ehc_table.h"
#include "data/recorded_clip.h"
#include "features/feature_set.h"
#include "launcher/commands/commands.h"
#include "launcher/run/run_directory.h"
#include "launcher/study/feature_tables.h"
#include "launcher/study/study.h"

#include <cstdio>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

// What a table that is written in another form calls labels, groups and weights, whatever a study makes of them.
struct TableColumns {
  std::string target;  // empty: the usual ones
  std::string group;
  std::string weights;

  bool any() const { return !target.empty() || !group.empty() || !weights.empty(); }
  data::TrackColumns all_that_is_there() const {
    data::TrackColumns columns{.range = {.any = true}, .reads_fold = true};
    if (!target.empty()) columns.target = target;
    if (!group.empty()) columns.group = group;
    columns.needs_group = !group.empty();
    columns.weight = weights;
    return columns;
  }
};

void add_column_options(CLI::App& command, TableColumns& columns, const std::string& of) {
  command.add_option("--target", columns.target, "column of the labels" + of + " (default: score or label)")
      ->type_name("COLUMN");
  command.add_option("--group", columns.group, "column of the groups" + of + " (default: group)")
      ->type_name("COLUMN");
  command.add_option("--weights", columns.weights, "column of the labels' weights" + of + " (default: none)")
      ->type_name("COLUMN");
}

struct ExportOptions {
  std::string source;
  TableColumns columns;
  std::vector<std::string> overrides;
  std::string output;
};

void warn(const std::string& note) {
  if (!note.empty()) std::fprintf(stderr, "musicmem: warning: %s\n", note.c_str());
}

data::SegmentTable table_of_study(const fs::path& experiment, const std::vector<std::string>& overrides) {
  config::Experiment asked = config::load_experiment(experiment, overrides);
  // The published layout holds EHC features, whatever the study's models train on.
  for (config::ModelSpec& model : asked.models) model.features = {{to_string(features::set_of_tables)}};
  Study study = load_study(asked);
  for (const StudyWarning& warning : study.warnings) warn(warning.text);
  if (study.experiment.data.from_table()) return study.table;
  for (std::size_t i = 0; i < study.clips.size(); ++i) {
    if (study.clips[i].audio.empty()) warn(study.tracks[i] + " has no audio file and is left out");
  }
  for (std::size_t i = 0; i < study.clips.size(); ++i) study.tracks[i] = study.clips[i].name;
  StudyInputs inputs = look_at_inputs(study);
  std::vector<PreparedFeatures> prepared = prepared_features(inputs);
  const auto unprepared = unprepared_tracks(study, inputs, {});
  const PreparedFeatures& ehc = prepared.front();
  if (ehc.entries.empty()) {
    throw Error("no clip of the study is prepared", experiment.string(),
                "run `musicmem prepare` on the experiment first");
  }
  if (!unprepared.empty()) {
    std::fprintf(stderr, "musicmem: warning: %s not prepared and left out, such as %s\n",
                 counted(unprepared.size(), "clip").c_str(), unprepared[0].c_str());
  }
  const data::HoldFile hold(ehc.store.features_path(ehc.entries));
  ehc.store.compact(ehc.entries, inputs.known);
  open_tables(prepared, inputs.known);
  return data::with_published_ids(load_feature_table(study, ehc));
}

int export_table(const ExportOptions& options) {
  const fs::path source(options.source);
  if (!fs::exists(source)) {
    throw Error("does not exist", options.source, "give an experiment, a run directory or an imported table");
  }
  const bool is_table = source.extension() == ".h5" || source.extension() == ".csv";
  if (!is_table && options.columns.any()) {
    throw usage_error(
        "--target, --group and --weights are of tables", "export",
        "a study says it with data.target.column, cross_validation.groups and data.target.weights");
  }
  const data::SegmentTable table =
      is_table ? data::read_segment_table(source, nullptr, options.columns.all_that_is_there())
               : table_of_study(fs::is_directory(source) ? open_run(source).experiment() : source,
                                options.overrides);
  write_output(options.output, data::to_csv(table));
  return exit_code::done;
}

struct ImportOptions {
  std::string table;
  TableColumns columns;
  std::string output;
};

int import_table(const ImportOptions& options) {
  std::string note;
  const data::SegmentTable table =
      data::read_segment_table(options.table, &note, options.columns.all_that_is_there());
  warn(note);
  write_output(options.output, data::to_hdf5(table));
  std::fprintf(stderr, "imported %zu rows of %zu tracks, %zu features%s; train from it with data.table: %s\n",
               table.values.rows(), table.tracks.size(), table.columns.size(),
               table.clip ? (", of clips of " + data::describe(*table.clip)).c_str() : "",
               options.output.c_str());
  return exit_code::done;
}

}  // namespace

void add_table_commands(CLI::App& app, Action& action) {
  auto exported = std::make_shared<ExportOptions>();
  CLI::App* export_command =
      app.add_subcommand("export", "Write the EHC features of a study as a data.csv table");
  export_command->add_option("source", exported->source, "experiment, run directory or imported table")
      ->required()
      ->type_name("EXPERIMENT|RUN|TABLE.h5");
  export_command->add_option("override", exported->overrides, "dotted.path=value")->type_name("KEY=VALUE");
  export_command->add_option("--output", exported->output, "CSV file (default: standard output)")
      ->type_name("FILE");
  add_column_options(*export_command, exported->columns, " of an imported table");
  export_command->footer("Example:\n  musicmem export study.yaml --output data.csv");
  export_command->callback([&action, exported] {
    action.run = [exported](distributed::World& world) {
      return on_rank_zero(world, [&] { return export_table(*exported); });
    };
  });

  auto imported = std::make_shared<ImportOptions>();
  CLI::App* import_command = app.add_subcommand("import", "Convert a data.csv table to HDF5 for data.table");
  import_command->add_option("table", imported->table, "CSV file in the published layout")
      ->required()
      ->type_name("TABLE.csv");
  import_command->add_option("--output", imported->output, "HDF5 file to write")
      ->required()
      ->type_name("FILE.h5");
  add_column_options(*import_command, imported->columns, "");
  import_command->footer("Example:\n  musicmem import data.csv --output data.h5");
  import_command->callback([&action, imported] {
    action.run = [imported](distributed::World& world) {
      return on_rank_zero(world, [&] { return import_table(*imported); });
    };
  });
}

}  // namespace musicmem::launcher
