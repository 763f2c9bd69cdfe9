// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/results/ensemble.h"

#include "config/error.h"
#include "config/model_traits.h"
#include "config/unicode.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "data/recorded_clip.h"
#include "features/recorded_settings.h"
#include "features/sources/array_files.h"
#include "launcher/results/chosen_variant.h"
#include "launcher/results/model_warnings.h"
#include "launcher/run/clip_warnings.h"
#include "launcher/stages/fit_files.h"
#include "launcher/study/study.h"
#include "launcher/text/markup.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <map>
#include <set>

#include <fmt/ranges.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

// Model and variant to predict with: those asked for, else the first model of the run that looks at features
// and the variant that stands for it.
std::pair<std::string, std::string> choose_model(const RunDirectory& run, const RunPlan& plan,
                                                 std::string model, std::string variant) {
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
  if (model.empty()) {
    const auto found = std::find_if(known.begin(), known.end(), [&](const std::string& label) {
      return config::traits_of(kinds[label]).uses_features;
    });
    model = found != known.end() ? *found : known.front();
  }
  const auto meant =
      std::ranges::find_if(known, [&](const std::string& label) { return nfc(label) == nfc(model); });
  if (meant == known.end()) {
    throw Error("the run has no model '" + model + "'", run.path().string(),
                fmt::format("its models are: {}", fmt::join(known, ", ")));
  }
  model = *meant;
  const std::vector<std::string>& of_model = variants[model];
  if (variant.empty()) {
    std::string choice;
    variant = choose_variant(run, plan, model, choice);
    if (!choice.empty()) std::fprintf(stderr, "musicmem: note: %s\n", choice.c_str());
  }
  if (std::find(of_model.begin(), of_model.end(), variant) == of_model.end()) {
    throw Error("model '" + model + "' has no variant '" + variant + "' in this run", run.path().string(),
                fmt::format("its variants are: {}", fmt::join(of_model, ", ")));
  }
  return {model, variant};
}

void warn_of_unknown_features(const fs::path& run) {
  std::fprintf(stderr,
               "musicmem: warning: %s was trained on a table of features, and how that table was made is not "
               "known here: the clip's features are computed with the settings of the run's plan.yaml "
               "(features.ehc, features.clip) and may differ from the table's, and with them the scores\n",
               run.c_str());
}

void require_finite(const std::vector<double>& votes, const std::string& path) {
  if (std::all_of(votes.begin(), votes.end(), [](double vote) { return std::isfinite(vote); })) return;
  throw Error("the score is not a finite number", path,
              "the weights come from a training that failed; use others");
}

// A set that was made elsewhere, of one clip.
features::SampleArray read_set(const config::FeatureSource& source, const std::string& set,
                               const std::string& clip) {
  features::ArrayRequest request;
  request.set = set;
  request.tracks.tracks = {clip};
  request.tracks.labels = {0.0};
  data::SegmentTable table = features::ArraySet(source, std::move(request)).read();
  features::SampleArray array{set, "", "", std::move(table.columns), {}, std::move(table.values.values())};
  array.shape = {table.row_track.size(), array.columns.size()};
  return array;
}

// Features that no training row comes near are of sound of another kind, or of another scale.
void warn_of_outlier(const models::Predictor& model, const models::ClipFeatures& clip,
                     const std::string& path) {
  constexpr double furthest = 50.0;  // standard deviations
  const std::optional<models::FarValue> value = model.furthest_value(clip);
  if (!value || value->deviations <= furthest) return;
  warn_of_anomalies(path, {fmt::format("its {} lies {:.0f} standard deviations from the clips that the model "
                                       "learned from",
                                       value->column, value->deviations)});
}

std::vector<Reason> reasons_of(const std::vector<std::unique_ptr<models::Predictor>>& members,
                               const models::ClipFeatures& clip, const std::string& path) {
  std::vector<models::Contributions> contributions;
  for (const auto& member : members) {
    std::optional<models::Contributions> of_member = member->contributions(clip);
    if (!of_member) {
      throw Error(fmt::format("{} has no named features that could explain a score", member->kind()), path,
                  "leave out --explain");
    }
    contributions.push_back(std::move(*of_member));
  }
  return top_reasons(contributions);
}

// Of weights that lie where training put them: the record of their fit beside them, which has the same checksum.
std::optional<FitRecord> record_beside(const fs::path& weights) {
  try {
    FitRecord record = read_fit_record(weights.parent_path());
    if (record.weights_checksum == data::checksum(data::read_file(weights))) return record;
  } catch (const Error&) {
    // No fit's folder: nothing is known of them but what they hold.
  }
  return std::nullopt;
}

void warn_of_control_in(const fs::path& weights, const models::Predictor& model) {
  if (const std::optional<FitRecord> record = record_beside(weights)) {
    warn_of_control(record->model, record->variant);
  } else if (model.is_control()) {
    warn_of_control(std::string(model.kind()), "shuffled");
  }
}

}  // namespace

Ensemble Ensemble::of_run(const fs::path& directory, const std::string& asked_model,
                          const std::string& asked_variant, const SetFiles& sets) {
  const RunDirectory run = open_run(directory);
  const RunPlan plan = read_run_plan(run);
  const auto [model, variant] = choose_model(run, plan, asked_model, asked_variant);
  const config::Experiment experiment = config::load_experiment(run.planned_experiment());
  warn_of_model(experiment, model, variant);
  Ensemble ensemble;
  ensemble.features_ = experiment.features;
  if (plan.features.from_table) warn_of_unknown_features(directory);
  for (const PlannedTrack& track : plan.tracks) ensemble.study_scores_.push_back(track.label);
  std::vector<PlannedFit> fits;
  std::copy_if(plan.fits.begin(), plan.fits.end(), std::back_inserter(fits),
               [&](const PlannedFit& fit) { return fit.model == model && fit.variant == variant; });
  ensemble.out_of_fold_ = read_out_of_fold(run, fits);
  ensemble.known_ = KnownClips(plan, ensemble.out_of_fold_);
  for (const PlannedFit& fit : fits) {
    FitWeights weights = read_fit_weights(run.folds() / fit.directory, fit.hash);
    if (weights.state != FitState::good) {
      std::fprintf(stderr, "musicmem: warning: fit %s is missing or damaged and left out of the average\n",
                   fit.directory.c_str());
      continue;
    }
    ensemble.members_.push_back(models::load_predictor(std::move(weights.bytes), weights.file));
  }
  if (ensemble.members_.empty()) {
    throw Error("no fit of " + model + " " + variant + " is finished", directory.string(),
                "run `musicmem train` first");
  }
  ensemble.begin(sets);
  return ensemble;
}

Ensemble Ensemble::of_file(const fs::path& file, const std::string& model,
                           const models::SsastAnswers& answers, const SetFiles& sets) {
  Ensemble ensemble;
  const auto& member = ensemble.members_.emplace_back(models::read_predictor(file, answers));
  if (!member->reading_text().empty())
    std::fprintf(stderr, "musicmem: %s: %s\n", file.c_str(), member->reading_text().c_str());
  if (!model.empty() && model != member->kind()) {
    throw Error("holds no model of the kind '" + model + "'", file.string(),
                "leave out --model, or see `musicmem inspect FILE`");
  }
  warn_of_control_in(file, *member);
  features::take_recorded_settings(ensemble.features_, member->feature_settings(), file.string());
  if (member->reading_text().empty() && !(ensemble.features_.clip == config::ClipGeometry{})) {
    std::fprintf(stderr, "musicmem: note: %s takes %s of each file\n", file.c_str(),
                 data::describe(ensemble.features_.clip).c_str());
  }
  ensemble.begin(sets);
  return ensemble;
}

void Ensemble::begin(const SetFiles& sets) {
  preparer_ = std::make_unique<features::ClipPreparer>(features_);
  const std::vector<std::string> taken = members_.front()->feature_sets();
  for (const std::string& set : taken) {
    if (config::audio_set(features_, set)) continue;
    const auto given = sets.find(set);
    if (given == sets.end())
      throw usage_error("the model takes feature set " + set + ", which was made elsewhere", "predict",
                        "give the clips' arrays: --set " + set + "=FILE");
    features_.sets[set].source = given->second;
  }
  for (const auto& [set, file] : sets) {
    if (std::ranges::find(taken, set) == taken.end() || config::audio_set(features_, set))
      throw usage_error("the model takes no feature set '" + set + "' from a file", "predict",
                        fmt::format("it takes: {}", fmt::join(taken, ", ")));
  }
  std::set<std::string> said;
  for (const auto& member : members_) {
    for (const std::string& warning : member->warnings()) {
      if (said.insert(warning).second) std::fprintf(stderr, "musicmem: warning: %s\n", warning.c_str());
    }
  }
}

bool Ensemble::needs_no_audio() const {
  const std::vector<std::string> sets = members_.front()->feature_sets();
  return !sets.empty() && std::ranges::none_of(sets, [&](const std::string& set) {
    return config::audio_set(features_, set).has_value();
  });
}

std::vector<std::string> Ensemble::names_in_sets() const {
  return features::array_names(features_.sets.at(members_.front()->feature_sets().front()));
}

// The features that the predictors take; `audio` is null where none are made of it.
models::ClipFeatures Ensemble::extract(const std::string& path, const features::ClipAudio* audio) const {
  const std::vector<std::string> names = members_.front()->feature_sets();
  std::vector<config::AudioSet> from_audio;
  for (const std::string& name : names) {
    if (const auto set = config::audio_set(features_, name)) from_audio.push_back(*set);
  }
  std::vector<std::vector<features::SampleArray>> made;
  if (!from_audio.empty()) {
    made =
        preparer_->extract(from_audio, features::original_only(fs::path(path).filename().string(), *audio));
    if (!preparer_->anomaly().empty()) warn_of_anomalies(path, {preparer_->anomaly()});
  }
  models::ClipFeatures clip;
  auto next = made.begin();
  for (const std::string& name : names) {
    clip.push_back(config::audio_set(features_, name) ? std::move((next++)->front())
                                                      : read_set(features_.sets.at(name), name, path));
  }
  return clip;
}

ClipPrediction Ensemble::predict(const std::string& path, bool explains) {
  std::optional<features::ClipAudio> audio;
  if (!needs_no_audio()) {
    audio = features::read_clip(path, features::part_of(features_.clip));
    warn_of_clip(path, audio->remarks(), features_.clip.seconds);
  }
  const models::ClipFeatures clip = extract(path, audio ? &*audio : nullptr);
  warn_of_outlier(*members_.front(), clip, path);
  std::vector<double> votes;
  for (const auto& member : members_) votes.push_back(member->predict(clip));
  require_finite(votes, path);
  ClipPrediction prediction = summarise_votes(std::move(votes), study_scores_);
  prediction.interval = out_of_fold_.interval_around(prediction.score);
  if (explains) prediction.reasons = reasons_of(members_, clip, path);
  tell_of_known_clip(prediction, path, audio.has_value());
  return prediction;
}

void Ensemble::tell_of_known_clip(ClipPrediction& prediction, const std::string& path, bool has_audio) const {
  std::string text;
  if (!has_audio) {
    const std::optional<KnownTrack> track = known_.named(path);
    if (!track) return;
    prediction.out_of_fold = track->score;
    text = known_name_text(*track);
  } else {
    if (known_.empty()) return;
    const std::vector<KnownTrack> tracks = known_.find(data::checksum(data::read_file(path)), path);
    if (tracks.empty()) return;
    prediction.out_of_fold = tracks.front().score;
    text = known_clip_text(tracks);
  }
  std::fprintf(stderr, "musicmem: note: %s is %s\n", path.c_str(), text.c_str());
}

}  // namespace musicmem::launcher
