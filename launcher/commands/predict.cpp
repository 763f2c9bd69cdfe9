// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "data/files/csv.h"
#include "data/files/durable_file.h"
#include "data/files/file_reading.h"
#include "data/files/folder_entries.h"
#include "data/files/hash.h"
#include "features/fbank.h"
#include "features/store/prepare_clip.h"
#include "launcher/commands/commands.h"
#include "launcher/results/chosen_variant.h"
#include "launcher/results/clip_prediction.h"
#include "launcher/results/model_warnings.h"
#include "launcher/results/out_of_fold.h"
#include "launcher/study/clip_warnings.h"
#include "launcher/study/fit_files.h"
#include "launcher/study/run_plan.h"
#include "launcher/text/markup.h"
#include "models/protocol/trained_model.h"
#include "models/ssast/predictor.h"
#include "weights/pth_file.h"
#include "weights/state_file.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <map>
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
  models::SsastAnswers ssast;  // how --weights is to be read
  bool as_json = false;
  bool details = false;
  bool explain = false;
};

// The models that vote on a clip, and the settings of the features they were trained on.
struct Ensemble {
  config::Features features;
  std::vector<models::TrainedModel> members;
  std::vector<models::SsastPredictor> transformers;  // instead of members
  std::vector<double> study_scores;                  // of the run's tracks
  OutOfFold out_of_fold;                             // of the run's fits
  KnownClips known;                                  // of the run

  bool empty() const { return members.empty() && transformers.empty(); }

  // Of a fit of this program.
  void add(FitWeights weights) {
    const std::string name = weights.file.string();
    if (weights.file.extension() == ".h5") {
      members.emplace_back(weights::parse_state_file(weights.bytes, name));
    } else {
      transformers.emplace_back(weights::parse_pth(std::move(weights.bytes), name),
                                models::SsastAnswers{.of_own_fit = true});
    }
  }
};

// Model and variant to predict with: those asked for, else the first model of the run that looks at features
// and the variant that stands for it.
std::pair<std::string, std::string> choose_model(const RunDirectory& run, const RunPlan& plan,
                                                 const PredictOptions& options) {
  std::vector<std::string> known;
  std::map<std::string, std::vector<std::string>> variants;
  std::map<std::string, std::string> kinds;
  for (const PlannedFit& fit : plan.fits) {
    if (std::find(known.begin(), known.end(), fit.model) == known.end()) known.push_back(fit.model);
    kinds[fit.model] = fit.kind;
    auto& of_model = variants[fit.model];
    if (std::find(of_model.begin(), of_model.end(), fit.variant) == of_model.end())
      of_model.push_back(fit.variant);
  }
  std::string model = options.model;
  if (model.empty()) {
    const auto found = std::find_if(known.begin(), known.end(), [&](const std::string& label) {
      return kinds[label] != "mean" && kinds[label] != "random";
    });
    model = found != known.end() ? *found : known.front();
  }
  if (!variants.contains(model)) {
    throw Error("the run has no model '" + model + "'", options.run, "its models are: " + joined(known));
  }
  const std::vector<std::string>& of_model = variants[model];
  std::string variant = options.variant;
  if (variant.empty()) {
    std::string choice;
    variant = choose_variant(run, plan, model, choice);
    if (!choice.empty()) std::fprintf(stderr, "musicmem: note: %s\n", choice.c_str());
  }
  if (std::find(of_model.begin(), of_model.end(), variant) == of_model.end()) {
    throw Error("model '" + model + "' has no variant '" + variant + "' in this run", options.run,
                "its variants are: " + joined(of_model));
  }
  return {model, variant};
}

void warn_of_unknown_features(const std::string& run) {
  std::fprintf(stderr,
               "musicmem: warning: %s was trained on a table of features, and how that table was made is not "
               "known here: the clip's features are computed with the settings of the run's plan.yaml "
               "(features.ehc) and may differ from the table's, and with them the scores\n",
               run.c_str());
}

Ensemble load_run(const PredictOptions& options) {
  const RunDirectory run = open_run(options.run);
  const RunPlan plan = read_run_plan(run);
  const auto [model, variant] = choose_model(run, plan, options);
  const config::Experiment experiment = config::load_experiment(run.planned_experiment());
  warn_of_model(experiment, model, variant);
  Ensemble ensemble;
  ensemble.features = experiment.features;
  if (plan.features.from_table) warn_of_unknown_features(options.run);
  for (const PlannedTrack& track : plan.tracks) ensemble.study_scores.push_back(track.label);
  std::vector<PlannedFit> fits;
  std::copy_if(plan.fits.begin(), plan.fits.end(), std::back_inserter(fits),
               [&](const PlannedFit& fit) { return fit.model == model && fit.variant == variant; });
  ensemble.out_of_fold = read_out_of_fold(run, fits);
  ensemble.known = KnownClips(plan, ensemble.out_of_fold);
  for (const PlannedFit& fit : fits) {
    FitWeights weights = read_fit_weights(run.folds() / fit.directory, fit.hash);
    if (weights.state != FitState::good) {
      std::fprintf(stderr, "musicmem: warning: fit %s is missing or damaged and left out of the average\n",
                   fit.directory.c_str());
      continue;
    }
    ensemble.add(std::move(weights));
  }
  if (ensemble.empty()) {
    throw Error("no fit of " + model + " " + variant + " is finished", options.run,
                "run `musicmem train` first");
  }
  return ensemble;
}

// Sets how features are computed as the weights file says, or says what it does not hold.
void take_settings(Ensemble& ensemble, const weights::StateFile& state) {
  if (state.texts.contains("harmony_tuning"))
    ensemble.features.ehc.harmony.tuning = config::parse_tuning(state.text("harmony_tuning"));
  if (state.texts.contains("outside_sources")) {
    throw Error("was trained on features that need " + state.text("outside_sources") + " beside the audio",
                state.origin, "use --run with the run that it belongs to");
  }
}

Ensemble load_ensemble(const PredictOptions& options) {
  if (options.run.empty() == options.weights.empty()) {
    throw usage_error("give either --run RUN or --weights FILE", "predict");
  }
  const bool read_specially = !(options.ssast == models::SsastAnswers{});
  const bool of_hdf5 = options.run.empty() && data::is_hdf5(options.weights);
  if (read_specially && (!options.run.empty() || of_hdf5)) {
    throw usage_error(
        "--stride, --frames, --pooling, --input, --mean and --std say how an SSAST of --weights is read",
        "predict", "leave them out");
  }
  if (!options.run.empty()) return load_run(options);
  Ensemble ensemble;
  if (of_hdf5) {
    const weights::StateFile state = weights::read_state_file(options.weights);
    ensemble.members.emplace_back(state);
    take_settings(ensemble, state);
  } else {
    const auto& transformer =
        ensemble.transformers.emplace_back(weights::read_checkpoint(options.weights), options.ssast);
    std::fprintf(stderr, "musicmem: %s: %s\n", options.weights.c_str(),
                 transformer.reading().taken().c_str());
  }
  if (!options.model.empty() && (options.model == "ssast") == ensemble.transformers.empty()) {
    throw Error("holds no model of the kind '" + options.model + "'", options.weights,
                "leave out --model, or see `musicmem inspect FILE`");
  }
  return ensemble;
}

void require_finite(const std::vector<double>& votes, const std::string& path) {
  if (std::all_of(votes.begin(), votes.end(), [](double vote) { return std::isfinite(vote); })) return;
  throw Error("the score is not a finite number", path,
              "the weights come from a training that failed; use others");
}

// What the votes come to, beside what the run knows of its own clips.
ClipPrediction summarise(const Ensemble& ensemble, std::vector<double> votes, const std::string& path) {
  require_finite(votes, path);
  ClipPrediction prediction = summarise_votes(std::move(votes), ensemble.study_scores);
  prediction.interval = ensemble.out_of_fold.interval_around(prediction.score);
  if (ensemble.known.empty()) return prediction;
  const std::vector<KnownTrack> tracks = ensemble.known.find(data::checksum(data::read_file(path)), path);
  if (tracks.empty()) return prediction;
  prediction.out_of_fold = tracks.front().score;
  std::fprintf(stderr, "musicmem: note: %s is %s\n", path.c_str(), known_clip_text(tracks).c_str());
  return prediction;
}

// Features that no training row comes near are of sound of another kind, or of another scale.
void warn_of_outlier(const Ensemble& ensemble, const data::Matrix& rows,
                     const std::vector<std::string>& columns, const std::string& path) {
  constexpr double furthest = 50.0;  // standard deviations
  const auto& training = ensemble.members.front().description().normalisation;
  if (!training || training->mean.size() != columns.size()) return;
  const models::Outlier outlier = training->furthest(rows);
  if (outlier.deviations <= furthest) return;
  char text[96];
  std::snprintf(text, sizeof text,
                " lies %.0f standard deviations from the clips that the model learned from",
                outlier.deviations);
  warn_of_clip(path, {"", {"its " + columns[outlier.column] + text}});
}

// What the members make of one clip.
ClipPrediction predict_clip(const Ensemble& ensemble, features::ClipPreparer& preparer,
                            const std::string& path, bool explain) {
  const features::ClipAudio clip = features::read_clip(path);
  warn_of_clip(path, clip.remarks());
  std::vector<std::string> columns;
  if (!ensemble.transformers.empty()) {
    const std::vector<float> fbank = features::fbank(clip.samples);
    if (explain)
      throw Error("ssast has no named features that could explain a score", path, "leave out --explain");
    std::vector<double> votes;
    for (const models::SsastPredictor& transformer : ensemble.transformers) {
      votes.push_back(transformer.predict(fbank));
    }
    return summarise(ensemble, std::move(votes), path);
  }
  const data::Matrix rows =
      preparer.model_rows(ensemble.members.front().description().features,
                          std::filesystem::path(path).filename().string(), clip, columns);
  if (!preparer.doubt().empty()) warn_of_clip(path, {"", {preparer.doubt()}});
  warn_of_outlier(ensemble, rows, columns, path);
  std::vector<double> votes;
  for (const models::TrainedModel& member : ensemble.members) {
    if (!member.description().columns.empty()) member.check_columns(columns);
    votes.push_back(member.predict_clip(rows));
  }
  ClipPrediction prediction = summarise(ensemble, std::move(votes), path);
  if (explain) prediction.reasons = top_reasons(ensemble.members, rows);
  return prediction;
}

void warn_of_unused(const Ensemble& ensemble) {
  for (const models::SsastPredictor& transformer : ensemble.transformers) {
    if (transformer.unused().empty()) continue;
    std::fprintf(stderr, "musicmem: warning: left out, as the model has no place for it: %s\n",
                 joined(transformer.unused()).c_str());
    return;
  }
}

// A transformer trained on shorter sound than a clip says nothing about the rest of it.
void warn_of_short_hearing(const Ensemble& ensemble) {
  for (const models::SsastPredictor& transformer : ensemble.transformers) {
    if (transformer.by_segment() || transformer.seconds() > features::clip_seconds / 2) continue;
    std::fprintf(stderr, "musicmem: warning: the model uses only the first %.2f s of a clip\n",
                 transformer.seconds());
    return;
  }
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
  const Ensemble ensemble = load_ensemble(options);
  warn_of_unused(ensemble);
  warn_of_short_hearing(ensemble);
  features::ClipPreparer preparer(ensemble.features);
  print_header(options);
  std::size_t failed = 0;
  std::size_t done = 0;
  for (const std::string& clip : options.clips) {
    show_progress(done++, options.clips.size());
    try {
      print_prediction(options, clip,
                       predict_clip(ensemble, preparer, data::as_spelled(clip), options.explain));
    } catch (const Error& error) {
      ++failed;
      std::fprintf(stderr, "musicmem: error: %s\n", error.what());
    }
  }
  show_progress(done, options.clips.size());
  if (failed == options.clips.size()) return exit_code::error;
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
          "clip, or segment: the mean over nine of one second (default for at most 100 frames)")
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
  command->add_option("clip", options->clips, "audio files")->required()->type_name("CLIP");
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
      "  musicmem predict --weights fine_tuned.pth --stride 16 --pooling cls new_clip.wav");
  command->callback([&action, options] {
    action.computes = true;
    action.run = [options](distributed::World& world) {
      return on_rank_zero(world, [&] { return predict(*options); });
    };
  });
}

}  // namespace musicmem::launcher
