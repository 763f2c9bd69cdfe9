// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "config/experiment.h"
#include "data/files/csv.h"
#include "data/files/file_reading.h"
#include "data/files/folder_entries.h"
#include "launcher/commands/clip_options.h"
#include "launcher/commands/commands.h"
#include "launcher/results/ensemble.h"

#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace musicmem::launcher {
namespace {

struct PredictOptions {
  std::string run;
  std::string weights;
  std::string model;
  std::string variant;
  std::vector<std::string> clips;
  std::vector<std::string> sets;  // "NAME=FILE"
  models::SsastAnswers ssast;     // how --weights is to be read
  ClipOptions clip;               // that --weights take
  bool as_json = false;
  bool details = false;
  bool explain = false;
};

SetFiles files_of_sets(const std::vector<std::string>& given) {
  SetFiles sets;
  for (const std::string& text : given) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
      throw usage_error("--set " + text + " names no set and its file", "predict",
                        "write --set NAME=FILE, such as --set mert=new.h5");
    if (!sets.emplace(text.substr(0, equals), text.substr(equals + 1)).second)
      throw usage_error("--set " + text.substr(0, equals) + " is given twice", "predict", "keep one of them");
  }
  return sets;
}

Ensemble load_ensemble(PredictOptions options) {
  if (options.run.empty() == options.weights.empty()) {
    throw usage_error("give either --run RUN or --weights FILE", "predict");
  }
  options.ssast.clip = choice_of(options.clip);
  const bool read_specially = !(options.ssast == models::SsastAnswers{});
  if (read_specially && (!options.run.empty() || data::is_hdf5(options.weights))) {
    throw usage_error(
        "--stride, --frames, --pooling, --input, --mean and --std, --study, --seconds, --offset, --segment and --hop "
        "say how an SSAST of --weights is read",
        "predict", "leave them out");
  }
  const SetFiles sets = files_of_sets(options.sets);
  if (!options.run.empty()) return Ensemble::of_run(options.run, options.model, options.variant, sets);
  return Ensemble::of_file(options.weights, options.model, options.ssast, sets);
}

void print_header(const PredictOptions& options) {
  if (options.as_json) return;
  constexpr const char* details = ",models_low,models_high,interval_low,interval_high,position,out_of_fold";
  std::printf("clip,score%s%s\n", options.details ? details : "", options.explain ? ",reasons" : "");
}

void print_prediction(const PredictOptions& options, const std::string& clip,
                      const ClipPrediction& prediction) {
  using data::format_number;
  if (options.as_json) {
    nlohmann::json line = {{"clip", clip},
                           {"score", prediction.score},
                           {"models_low", prediction.models_low},
                           {"models_high", prediction.models_high}};
    if (prediction.interval) {
      line["interval_low"] = prediction.interval->low;
      line["interval_high"] = prediction.interval->high;
    }
    if (prediction.position) line["position"] = *prediction.position;
    if (prediction.out_of_fold) line["out_of_fold"] = *prediction.out_of_fold;
    for (const auto& [feature, value] : prediction.reasons) {
      line["reasons"].push_back({{"feature", feature}, {"effect", value}});
    }
    std::printf("%s\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else {
    std::string line = data::csv_field(clip) + "," + format_number(prediction.score);
    if (options.details) {
      const auto field = [](const std::optional<double>& value) {
        return "," + (value ? format_number(*value) : "");
      };
      line += field(prediction.models_low) + field(prediction.models_high);
      line += prediction.interval ? field(prediction.interval->low) + field(prediction.interval->high) : ",,";
      line += field(prediction.position) + field(prediction.out_of_fold);
    }
    if (options.explain) line += "," + data::csv_field(reasons_text(prediction.reasons));
    std::printf("%s\n", line.c_str());
  }
  std::fflush(stdout);
}

// How far many clips are, on a terminal that does not show the scores themselves.
void show_progress(std::size_t done, std::size_t total) {
  if (total < 2 || ::isatty(STDERR_FILENO) == 0 || ::isatty(STDOUT_FILENO) != 0) return;
  std::fprintf(stderr, "\rpredict: %zu of %zu%s", done, total, done == total ? "\n" : "");
}

int predict(const PredictOptions& options) {
  Ensemble ensemble = load_ensemble(options);
  std::vector<std::string> clips = options.clips;
  if (clips.empty() && ensemble.needs_no_audio()) clips = ensemble.names_in_sets();
  if (clips.empty()) throw usage_error("no clip is given", "predict", "name the audio files to score");
  print_header(options);
  std::size_t failed = 0;
  std::size_t done = 0;
  for (const std::string& clip : clips) {
    show_progress(done++, clips.size());
    try {
      print_prediction(options, clip, ensemble.predict(data::as_spelled(clip), options.explain));
    } catch (const Error& error) {
      ++failed;
      std::fprintf(stderr, "musicmem: error: %s\n", error.what());
    }
  }
  show_progress(done, clips.size());
  if (failed == clips.size()) return exit_code::error;
  return failed > 0 ? exit_code::failed_tasks : exit_code::done;
}

// What the user says of an SSAST checkpoint that does not say it itself.
void add_ssast_options(CLI::App& command, models::SsastAnswers& ssast) {
  const std::string group = "How an SSAST of --weights is read, where the file does not say";
  command.add_option("--stride", ssast.grid.stride, "of its patches, in bins and frames: 10, 16 ...")
      ->check(CLI::Range(1, 1024))
      ->type_name("N")
      ->group(group);
  command.add_option("--frames", ssast.grid.frames, "its target length, in frames of 10 ms: 100, 500 ...")
      ->check(CLI::Range(1, 1000000))
      ->type_name("N")
      ->group(group);
  command
      .add_option_function<std::string>(
          "--pooling",
          [&ssast](const std::string& word) {
            ssast.pooling = word == "cls" ? config::SsastPooling::cls : config::SsastPooling::avgtok;
          },
          "of its tokens: avgtok (default) or cls")
      ->check(CLI::IsMember({"avgtok", "cls"}))
      ->type_name("WORD")
      ->group(group);
  command
      .add_option_function<std::string>(
          "--input",
          [&ssast](const std::string& word) {
            ssast.input = word == "clip" ? config::SsastInput::clip : config::SsastInput::segment;
          },
          "clip, or segment: the mean over its segments (default for at most 100 frames)")
      ->check(CLI::IsMember({"clip", "segment"}))
      ->type_name("WORD")
      ->group(group);
  command.add_option("--mean", ssast.mean, "of the log-mel it was trained on (default: AudioSet's)")
      ->type_name("X")
      ->group(group);
  command.add_option("--std", ssast.deviation, "the log-mel's standard deviation (default: AudioSet's)")
      ->check(CLI::PositiveNumber)
      ->type_name("X")
      ->group(group);
}

}  // namespace

void add_predict_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<PredictOptions>();
  CLI::App* command = app.add_subcommand("predict", "Score clips with the trained models of a run");
  command->add_option("--run", options->run, "run directory; the scores of all folds and seeds are averaged")
      ->type_name("RUN");
  command
      ->add_option("--weights", options->weights,
                   "one weights file instead of a run: of a fit, or a fine-tuned SSAST (.pth of PyTorch, "
                   ".safetensors)")
      ->type_name("FILE");
  command->add_option("--model", options->model,
                      "model of the run (default: the first one that uses features)");
  command->add_option("--variant", options->variant,
                      "variant of the model (default: its best by validation, else its first)");
  command->add_flag("--json", options->as_json, "one JSON object per line instead of CSV clip,score");
  command->add_flag(
      "--details", options->details,
      "add models_low and models_high (2.5 and 97.5 % of the models' own scores), interval_low and "
      "interval_high (95 % prediction interval), position among the study's scores, and out_of_fold");
  command->add_flag("--explain", options->explain, "add the three features that changed the score most");
  add_ssast_options(*command, options->ssast);
  add_clip_options(*command, options->clip, /*has_segments=*/true, "as the run or the weights say");
  command
      ->add_option(
          "--set", options->sets,
          "the clips' arrays of a feature set that was made elsewhere, in any form that features.sets takes")
      ->type_name("NAME=FILE")
      ->allow_extra_args(false);
  command
      ->add_option(
          "clip", options->clips,
          "audio files; of a model on sets from files alone names, or none for all that the file holds")
      ->type_name("CLIP");
  command->footer(
      "JSON lines always hold the details. Position 0.8: higher than 80 % of the study's scores.\n"
      "The prediction interval is the score plus the 2.5 and 97.5 % quantiles of label - prediction over "
      "the\n"
      "run's out-of-fold predictions: how far off it was for clips that it had not heard. out_of_fold: of a "
      "clip of\n"
      "the study (the same bytes), the score by the models that were not trained on it. A clip that the "
      "study\n"
      "holds under several names is named with the scores of all; the column has that of its own name.\n"
      "How an SSAST checkpoint is read is said in one line; `musicmem inspect FILE` says it too.\n"
      "Examples:\n  musicmem predict --run runs/demo --model svr new_clip.wav other_clip.flac\n"
      "  musicmem predict --run runs/demo --model svr --details --explain clips/*.wav > scores.csv\n"
      "  musicmem predict --run runs/demo --model ridge --set mert=new.h5 new_clip.wav\n"
      "  musicmem predict --weights fine_tuned.pth --stride 16 --pooling cls new_clip.wav");
  command->callback([&action, options] {
    action.computes = true;
    action.run = [options](distributed::World& world) {
      return on_rank_zero(world, [&] { return predict(*options); });
    };
  });
}

}  // namespace musicmem::launcher
