// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "data/csv.h"
#include "data/durable_file.h"
#include "features/fbank.h"
#include "features/prepare_clip.h"
#include "launcher/commands.h"
#include "launcher/fit_files.h"
#include "launcher/run_plan.h"
#include "models/ssast_predictor.h"
#include "models/trained_model.h"
#include "weights/pth_file.h"
#include "weights/state_file.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

struct PredictOptions {
  std::string run;
  std::string weights;
  std::string model;
  std::string variant;
  std::vector<std::string> clips;
  bool as_json = false;
};

bool is_hdf5(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string magic(4, '\0');
  file.read(magic.data(), static_cast<std::streamsize>(magic.size()));
  return magic == "\x89HDF";
}

// The models that vote on a clip, and the settings of the features they were trained on.
struct Ensemble {
  config::Features features;
  std::vector<models::TrainedModel> members;
  std::vector<models::SsastPredictor> transformers;  // instead of members

  bool empty() const { return members.empty() && transformers.empty(); }

  void add(const std::filesystem::path& file) {
    if (is_hdf5(file)) {
      members.emplace_back(weights::read_state_file(file));
    } else {
      transformers.emplace_back(weights::read_pth(file));
    }
  }
};

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// Model and variant to predict with: those asked for, else the first model of the run that looks at features.
std::pair<std::string, std::string> choose_model(const RunPlan& plan, const PredictOptions& options) {
  std::vector<std::string> known;
  std::map<std::string, std::vector<std::string>> variants;
  for (const PlannedFit& fit : plan.fits) {
    if (std::find(known.begin(), known.end(), fit.model) == known.end()) known.push_back(fit.model);
    auto& of_model = variants[fit.model];
    if (std::find(of_model.begin(), of_model.end(), fit.variant) == of_model.end())
      of_model.push_back(fit.variant);
  }
  std::string model = options.model;
  if (model.empty()) {
    const auto found = std::find_if(known.begin(), known.end(), [](const std::string& name) {
      return name != "mean" && name != "random";
    });
    model = found != known.end() ? *found : known.front();
  }
  if (!variants.contains(model)) {
    throw Error("the run has no model '" + model + "'", options.run, "its models are: " + listed(known));
  }
  const std::vector<std::string>& of_model = variants[model];
  const std::string variant = options.variant.empty() ? of_model.front() : options.variant;
  if (std::find(of_model.begin(), of_model.end(), variant) == of_model.end()) {
    throw Error("model '" + model + "' has no variant '" + variant + "' in this run", options.run,
                "its variants are: " + listed(of_model));
  }
  return {model, variant};
}

Ensemble load_run(const PredictOptions& options) {
  const RunDirectory run = open_run(options.run);
  const RunPlan plan = read_run_plan(run);
  const auto [model, variant] = choose_model(plan, options);
  Ensemble ensemble;
  ensemble.features = config::load_experiment(run.experiment()).features;
  for (const PlannedFit& fit : plan.fits) {
    if (fit.model != model || fit.variant != variant) continue;
    const std::filesystem::path directory = run.folds() / fit.directory;
    if (check_fit(directory, fit.hash) != FitState::good) {
      std::fprintf(stderr, "musicmem: warning: fit %s is missing or damaged and does not vote\n",
                   fit.directory.c_str());
      continue;
    }
    const std::filesystem::path torch_file = directory / "weights.pth";
    ensemble.add(std::filesystem::exists(torch_file) ? torch_file : directory / "weights.h5");
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
    ensemble.features.ehc.tuning = config::parse_tuning(state.text("harmony_tuning"));
  if (state.texts.contains("outside_sources")) {
    throw Error("was trained on features that need " + state.text("outside_sources") + " beside the audio",
                state.origin, "use --run with the run that it belongs to, whose settings name them");
  }
}

Ensemble load_ensemble(const PredictOptions& options) {
  if (options.run.empty() == options.weights.empty()) {
    throw UsageError("give either --run RUN or --weights FILE", "predict");
  }
  if (!options.run.empty()) return load_run(options);
  Ensemble ensemble;
  ensemble.add(options.weights);
  if (!options.model.empty() && (options.model == "ssast") == ensemble.transformers.empty()) {
    throw Error("holds no model of the kind '" + options.model + "'", options.weights,
                "leave out --model, or see `musicmem inspect FILE`");
  }
  if (!ensemble.members.empty()) take_settings(ensemble, weights::read_state_file(options.weights));
  return ensemble;
}

// The mean of the members' scores of one clip.
double predict_clip(const Ensemble& ensemble, features::ClipPreparer& preparer, const std::string& path) {
  const features::ClipAudio clip = features::read_clip(path);
  if (!clip.adjustment().empty()) {
    std::fprintf(stderr, "musicmem: warning: %s: %s to 5 s\n", path.c_str(), clip.adjustment().c_str());
  }
  std::vector<std::string> columns;
  if (!ensemble.transformers.empty()) {
    const std::vector<float> fbank = features::fbank(clip.samples);
    double total = 0.0;
    for (const models::SsastPredictor& transformer : ensemble.transformers)
      total += transformer.predict(fbank);
    return total / static_cast<double>(ensemble.transformers.size());
  }
  const data::Matrix rows =
      preparer.model_rows(ensemble.members.front().description().features,
                          std::filesystem::path(path).filename().string(), clip, columns);
  double sum = 0.0;
  for (const models::TrainedModel& member : ensemble.members) {
    if (!member.description().columns.empty()) member.check_columns(columns);
    sum += member.predict_clip(rows);
  }
  return sum / static_cast<double>(ensemble.members.size());
}

// A transformer trained on shorter sound than a clip says nothing about the rest of it.
void warn_of_short_hearing(const Ensemble& ensemble) {
  for (const models::SsastPredictor& transformer : ensemble.transformers) {
    if (transformer.by_segment() || transformer.seconds() > features::clip_seconds / 2) continue;
    std::fprintf(stderr, "musicmem: warning: the model hears the first %.2f s of a clip only\n",
                 transformer.seconds());
    return;
  }
}

void print_score(const PredictOptions& options, const std::string& clip, double score) {
  if (options.as_json) {
    const nlohmann::json line = {{"clip", clip}, {"score", score}};
    std::printf("%s\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else {
    std::printf("%s,%s\n", data::csv_field(clip).c_str(), data::format_number(score).c_str());
  }
  std::fflush(stdout);
}

int predict(const PredictOptions& options) {
  const Ensemble ensemble = load_ensemble(options);
  warn_of_short_hearing(ensemble);
  features::ClipPreparer preparer(ensemble.features);
  if (!options.as_json) std::printf("clip,score\n");
  std::size_t failed = 0;
  for (const std::string& clip : options.clips) {
    try {
      print_score(options, clip, predict_clip(ensemble, preparer, clip));
    } catch (const Error& error) {
      ++failed;
      std::fprintf(stderr, "musicmem: error: %s\n", error.what());
    }
  }
  if (failed == options.clips.size()) return exit_code::error;
  return failed > 0 ? exit_code::failed_tasks : exit_code::done;
}

}  // namespace

void add_predict_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<PredictOptions>();
  CLI::App* command = app.add_subcommand("predict", "Score clips with the trained models of a run");
  command->add_option("--run", options->run, "run directory; all folds and seeds of the model vote")
      ->type_name("RUN");
  command
      ->add_option("--weights", options->weights,
                   "one weights file instead of a run: of a fit, or a fine-tuned SSAST .pth of PyTorch")
      ->type_name("FILE");
  command->add_option("--model", options->model,
                      "model of the run (default: the first that looks at features)");
  command->add_option("--variant", options->variant, "variant of the model (default: its first)");
  command->add_flag("--json", options->as_json, "one JSON object per line instead of CSV clip,score");
  command->add_option("clip", options->clips, "audio files")->required()->type_name("CLIP");
  command->footer(
      "Examples:\n"
      "  musicmem predict --run runs/demo --model svr new_clip.wav other_clip.flac\n"
      "  musicmem predict --weights fine_tuned.pth --model ssast new_clip.wav");
  command->callback([&action, options] {
    action = [options](distributed::World& world) {
      return on_rank_zero(world, [&] { return predict(*options); });
    };
  });
}

}  // namespace musicmem::launcher
