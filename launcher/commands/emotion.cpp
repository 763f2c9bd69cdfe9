// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/io_error.h"
#include "data/clip_files.h"
#include "data/files/csv.h"
#include "data/files/durable_file.h"
#include "data/files/names.h"
#include "features/clip_analysis.h"
#include "features/descriptors/functionals.h"
#include "features/sound/audio.h"
#include "features/sources/emotion_model.h"
#include "launcher/commands/clip_options.h"
#include "launcher/commands/commands.h"
#include "launcher/run/clip_warnings.h"
#include "models/tables/normalisation.h"
#include "models/tabular/emotion_training.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>

#include <CLI/CLI.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

struct EmotionOptions {
  std::string clips;
  std::string annotations;
  std::string output = "weights/emotion.h5";
  int folds = 10;
  double c = 1.0;
  ClipOptions part;
};

// Clips with the emotion that people heard in them.
struct AnnotatedClips {
  std::vector<fs::path> clips;
  std::vector<double> valence;
  std::vector<double> arousal;
};

AnnotatedClips match_annotations(const EmotionOptions& options) {
  const data::CsvFile csv(options.annotations, {"musicId", "Arousal(mean)", "Valence(mean)"});
  if (!csv.note().empty()) std::fprintf(stderr, "musicmem: warning: %s\n", csv.note().c_str());
  const std::size_t id = csv.column("musicId");
  const std::size_t arousal = csv.column("Arousal(mean)");
  const std::size_t valence = csv.column("Valence(mean)");
  const data::ClipFiles files(options.clips);
  AnnotatedClips matched;
  data::SeenNames seen;
  std::set<fs::path> used;
  std::string first_unmatched;
  for (std::size_t row = 0; row < csv.rows(); ++row) {
    const std::string& clip = csv.field(row, id);
    if (const std::string fault = seen.add(clip, csv.line(row)); !fault.empty())
      throw Error("clip " + fault, csv.place(row), "keep one of the rows");
    const double clip_arousal = csv.number(row, arousal);
    const double clip_valence = csv.number(row, valence);
    const data::FoundClip found = files.find(clip);
    if (found.is_ambiguous) throw Error("clip '" + clip + "': " + found.problem, csv.place(row));
    const fs::path& file = found.file;
    if (file.empty()) {
      if (first_unmatched.empty())
        first_unmatched = "'" + clip + (found.problem.empty() ? "'" : "': " + found.problem);
      continue;
    }
    if (!used.insert(file).second) {
      throw Error("clip '" + clip + "' is given twice: both name " + file.filename().string(),
                  csv.place(row));
    }
    matched.clips.push_back(file);
    matched.arousal.push_back(clip_arousal);
    matched.valence.push_back(clip_valence);
  }
  if (matched.clips.empty()) {
    throw Error("none of its " + std::to_string(csv.rows()) + " clips is in " + options.clips,
                options.annotations,
                "musicId is the file name of a clip, with or without its extension; the first is '" +
                    (csv.rows() > 0 ? csv.field(0, id) : std::string()) + "'");
  }
  if (matched.clips.size() < csv.rows()) {
    std::fprintf(stderr, "musicmem: warning: %zu of %zu annotated clips have no file in %s, such as %s\n",
                 csv.rows() - matched.clips.size(), csv.rows(), options.clips.c_str(),
                 first_unmatched.c_str());
  }
  if (files.size() > matched.clips.size()) {
    std::fprintf(stderr, "musicmem: warning: %zu of %zu files in %s have no annotation and are left out\n",
                 files.size() - matched.clips.size(), files.size(), options.clips.c_str());
  }
  return matched;
}

// The functionals of every clip that can be read; the others leave `annotated` with a warning.
data::Matrix clip_functionals(AnnotatedClips& annotated, const features::SoundPart& part,
                              std::vector<std::string>& columns) {
  features::Analysers analysers;
  AnnotatedClips readable;
  data::Matrix rows;
  for (std::size_t i = 0; i < annotated.clips.size(); ++i) {
    try {
      const features::ClipAudio audio = features::read_clip(annotated.clips[i], part);
      warn_of_anomalies(annotated.clips[i].string(), audio.remarks().anomalies);
      features::ClipAnalysis clip(audio.samples, analysers);
      const features::PooledFeatures pooled = features::functionals(clip.classic());
      columns = pooled.columns;
      rows.append_row(pooled.values);
    } catch (const IoError&) {
      throw;
    } catch (const Error& error) {
      std::fprintf(stderr, "musicmem: warning: left out: %s\n", error.what());
      continue;
    }
    readable.clips.push_back(annotated.clips[i]);
    readable.valence.push_back(annotated.valence[i]);
    readable.arousal.push_back(annotated.arousal[i]);
  }
  annotated = std::move(readable);
  return rows;
}

void print_fit(const char* target, const models::LinearSvrFit& fit) {
  std::printf("%s,%s,%s\n", target, data::format_number(fit.quality.r2).c_str(),
              fit.quality.spearman ? data::format_number(*fit.quality.spearman).c_str() : "");
  std::fflush(stdout);
}

int train_emotion(const EmotionOptions& options) {
  constexpr std::size_t fewest_per_fold = 2;
  const config::ClipGeometry part = clip_of(options.part);
  AnnotatedClips annotated = match_annotations(options);
  features::EmotionModel model;
  const data::Matrix rows = clip_functionals(annotated, features::part_of(part), model.columns);
  if (rows.rows() < fewest_per_fold * static_cast<std::size_t>(options.folds)) {
    throw Error(std::to_string(rows.rows()) + " annotated clips are too few for " +
                    std::to_string(options.folds) + " folds",
                options.clips, "annotate more clips or give fewer --folds");
  }
  const auto columns = models::Normalisation::of(rows);
  model.mean = columns.mean;
  model.scale = columns.scale;
  model.clips = rows.rows();
  model.clip_seconds = part.seconds;
  std::fprintf(stderr, "%zu clips, %zu functionals, %d folds\n", rows.rows(), rows.columns(), options.folds);
  std::printf("target,r2,spearman\n");
  const models::LinearSvrFit valence =
      models::fit_linear_svr(rows, annotated.valence, options.folds, options.c);
  print_fit("static_valence", valence);
  const models::LinearSvrFit arousal =
      models::fit_linear_svr(rows, annotated.arousal, options.folds, options.c);
  print_fit("static_arousal", arousal);
  model.valence = {valence.weights, valence.bias};
  model.arousal = {arousal.weights, arousal.bias};
  write_output(options.output, features::to_bytes(model));
  std::fprintf(stderr, "emotion model: %s\n", options.output.c_str());
  return exit_code::done;
}

}  // namespace

void add_emotion_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<EmotionOptions>();
  CLI::App* emotion = app.add_subcommand("emotion", "Predict the valence and arousal of clips");
  emotion->footer(
      "Example:\n  musicmem emotion train PMEmo/chorus static_annotations.csv --output weights/emotion.h5");
  emotion->require_subcommand(1);
  CLI::App* command =
      emotion->add_subcommand("train", "Fit linear SVRs for static valence and arousal on annotated clips");
  command->add_option("clips", options->clips, "directory of the annotated clips")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("annotations", options->annotations,
                   "CSV musicId,Arousal(mean),Valence(mean) as PMEmo's; musicId is the file name of a clip, "
                   "with or without its extension")
      ->required()
      ->type_name("CSV");
  command->add_option("--output", options->output, "model to write")->capture_default_str();
  command->add_option("--folds", options->folds, "of the cross-validation whose R2 and Spearman are printed")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str();
  command->add_option("--C", options->c, "of the SVR, for columns divided by the root of their number")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add_clip_options(*command, options->part, /*has_segments=*/false);
  command->footer(
      "Train on the part of each clip that the study takes, with --study where that is not its first five seconds.\n"
      "Example:\n  musicmem emotion train PMEmo/chorus static_annotations.csv --output weights/emotion.h5\n"
      "then, in the study: features: {ehc: {emotion: {source: model, path: weights/emotion.h5}}}");
  command->callback([&action, options] {
    action.computes = true;
    action.run = [options](distributed::World& world) {
      return on_rank_zero(world, [&] { return train_emotion(*options); });
    };
  });
}

}  // namespace musicmem::launcher
