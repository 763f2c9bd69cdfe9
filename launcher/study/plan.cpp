// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/plan.h"

#include "config/exact_text.h"
#include "config/fit_settings.h"
#include "config/model_traits.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "features/feature_blocks.h"
#include "features/feature_set.h"
#include "features/sound/segments.h"
#include "launcher/study/study.h"
#include "models/kinds/model_kinds.h"

#include <algorithm>

namespace musicmem::launcher {
namespace {

// Raised whenever the same inputs would give other predictions.
constexpr const char* fit_version = "2";

void add_numbers(data::Hasher& hasher, const std::vector<int>& numbers) {
  for (const int n : numbers) hasher.add_number(n);
}

// Seconds, roughly.
double expected_cost(const config::ModelSpec& model, std::size_t rows) {
  return models::kind_of(model.name).costs(model, rows, /*columns=*/0).seconds;
}

struct TableFacts {
  std::string hash;  // of what a fit sees of the table
  std::size_t rows = 0;
};

TableFacts facts_of(const data::SegmentTable& table, bool augmented) {
  const auto originals = std::count(table.row_semitones.begin(), table.row_semitones.end(), 0);
  return {table_hash(table, augmented),
          augmented ? table.values.rows() : static_cast<std::size_t>(originals)};
}

// What one model's fits depend on beside their table, variant, seed and fold.
struct ModelInputs {
  std::string pretrained;  // checksum of the weights to start from; empty for none
  std::map<std::string, std::string> settings;
};

std::vector<ModelInputs> inputs_of_models(const config::Experiment& experiment) {
  std::map<std::filesystem::path, std::string> checksums;
  const auto content = [&](const std::filesystem::path& file) {
    std::string& known = checksums[file];
    if (known.empty()) known = data::checksum(data::read_file(file));
    return known;
  };
  std::vector<ModelInputs> inputs;
  for (std::size_t m = 0; m < experiment.models.size(); ++m) {
    const config::ModelSpec& model = experiment.models[m];
    const std::filesystem::path& pretrained = model.ssast.pretrained;
    inputs.push_back(
        {pretrained.empty() ? "" : content(pretrained), config::fit_settings(experiment, m, content)});
  }
  return inputs;
}

// Of all that the fit's result depends on: a table, or "", and the settings by their names.
std::string hash_of(const FitTask& fit, const std::string& table,
                    const std::map<std::string, std::string>& settings) {
  data::Hasher hasher;
  hasher.add(fit_version).add(table);
  for (const auto& [name, value] : settings) hasher.add(name).add(value);
  hasher.add(to_string(fit.variant))
      .add(fit.variant_name())
      .add(fit.seed_name())
      .add(std::to_string(fit.part));
  if (fit.repeat > 0) hasher.add("repeat " + std::to_string(fit.repeat));
  return hasher.hex();
}

// The settings that a fit follows from, and the content of the files that its features come from.
std::map<std::string, std::string> settings_of(const FitTask& fit, const config::Experiment& experiment,
                                               const ModelInputs& inputs,
                                               const std::map<std::string, SetContent>& sets) {
  std::map<std::string, std::string> settings = inputs.settings;
  for (const std::string& name : experiment.models[fit.model].features.sets) {
    const auto set = sets.find(name);
    if (set == sets.end()) continue;
    settings["features.sets." + name] =
        config::uses_augmented_rows(fit.variant) ? set->second.all : set->second.originals;
  }
  return settings;
}

// Adds the fits of one variant (or control): every seed, or none, times every fold.
void add_fits(std::vector<FitTask>& fits, const config::Experiment& experiment, int folds, FitTask fit) {
  const config::ModelSpec& model = experiment.models[fit.model];
  std::vector<std::optional<std::uint64_t>> seeds(experiment.cross_validation.seeds.begin(),
                                                  experiment.cross_validation.seeds.end());
  if (models::fit_is_deterministic(model, fit.shuffled)) seeds = {std::nullopt};
  for (const auto& seed : seeds) {
    for (int fold = 0; fold < folds * experiment.cross_validation.repeats; ++fold) {
      fit.seed = seed;
      fit.fold = fold;
      fit.repeat = fold / folds;
      fit.part = fold % folds;
      fits.push_back(fit);
    }
  }
}

// "without-harmony", "only-harmony" ... of a model that asks for them; none where its features are one block.
std::vector<std::string> ablations(const config::ModelSpec& model, const config::Features& features) {
  std::vector<std::string> names;
  if (model.ablate.empty()) return names;
  const std::vector<std::string> blocks = features::expected_blocks(model.features, features);
  if (blocks.size() < 2) return names;
  for (const char* how : {"without", "only"}) {
    if (std::ranges::find(model.ablate, how) == model.ablate.end()) continue;
    for (const std::string& block : blocks) names.push_back(std::string(how) + "-" + block);
  }
  return names;
}

}  // namespace

std::string table_hash(const data::SegmentTable& table, bool augmented) {
  data::Hasher hasher;
  for (const std::string& track : table.tracks) hasher.add(track);
  hasher.add(table.labels);
  for (const std::string& group : table.groups) hasher.add(group);
  if (!table.given_folds.empty()) add_numbers(hasher, table.given_folds);
  if (!table.weights.empty()) hasher.add("weights").add(table.weights);
  for (const std::string& column : table.columns) hasher.add(column);
  for (std::size_t row = 0; row < table.values.rows(); ++row) {
    if (!augmented && table.row_semitones[row] != 0) continue;
    add_numbers(hasher, {table.row_track[row], table.row_segment[row], table.row_semitones[row]});
    hasher.add(table.values.row(row));
  }
  return hasher.hex();
}

std::vector<PreparePlan> plan_prepare(const Study& study, const std::vector<ClipHashes>& hashes) {
  std::vector<PreparePlan> plans;
  for (const config::AudioSet& set : feature_sets(study.experiment)) {
    const features::StoreKey key = features::store_key(set, study.experiment);
    PreparePlan plan{features::FeatureStore(study.experiment.features.store, key), {}};
    for (std::size_t clip = 0; clip < study.clips.size(); ++clip) {
      const auto& [audio, beside] = hashes[clip];
      if (!hashes[clip].has_audio()) continue;
      data::Hasher hasher;
      hasher.add(key.hash).add(audio).add(study.clips[clip].name);
      if (features::kind_of(set).has_side_inputs) hasher.add(beside);
      plan.tasks.push_back({clip, {study.clips[clip].shard, hasher.hex()}});
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

std::vector<std::string> clip_hashes(const std::vector<PreparePlan>& plans, std::size_t clips) {
  std::vector<std::string> hashes(clips);
  for (const PreparePlan& plan : plans) {
    for (const PrepareTask& task : plan.tasks) hashes[task.clip] += task.entry.work_hash;
  }
  return hashes;
}

std::string prepare_task_name(const std::string& track) {
  return "prepare " + track;
}

std::string FitTask::variant_name() const {
  if (share < 1.0) return "share-" + exact_text(share);
  return shuffled ? "shuffled" : ablation.empty() ? to_string(variant) : ablation;
}

std::string FitTask::seed_name() const {
  return seed ? std::to_string(*seed) : "none";
}

std::filesystem::path FitTask::directory(const config::Experiment& experiment) const {
  const auto of_seed =
      std::filesystem::path(experiment.models[model].label) / variant_name() / ("seed-" + seed_name());
  const auto of_repeat =
      experiment.cross_validation.repeats > 1 ? of_seed / ("repeat-" + std::to_string(repeat)) : of_seed;
  return of_repeat / ("fold-" + std::to_string(part));
}

std::vector<FitTask> list_fits(const config::Experiment& experiment, std::size_t tracks, int folds) {
  const std::size_t segments = features::Segments(experiment.features.clip).count;
  const std::size_t pitches = experiment.augment.pitch_semitones.size() + 1;
  std::vector<FitTask> fits;
  for (std::size_t m = 0; m < experiment.models.size(); ++m) {
    const config::ModelSpec& model = experiment.models[m];
    const auto add = [&](config::Variant variant, bool shuffled, const std::string& ablation = "",
                         double share = 1.0) {
      FitTask prototype;
      prototype.model = m;
      prototype.variant = variant;
      prototype.shuffled = shuffled;
      prototype.ablation = ablation;
      prototype.share = share;
      prototype.expected_cost =
          share *
          expected_cost(model, tracks * segments * (config::uses_augmented_rows(variant) ? pitches : 1));
      add_fits(fits, experiment, folds, prototype);
    };
    for (const config::Variant variant : model.variants) add(variant, false);
    if (model.shuffled_control()) add(model.variants.front(), true);
    for (const std::string& ablation : ablations(model, experiment.features))
      add(model.variants.front(), false, ablation);
    if (config::traits_of(model.name).uses_features) {
      for (const double share : experiment.report.learning_curve.parts())
        add(model.variants.front(), false, "", share);
    }
  }
  return fits;
}

void add_recipes(std::vector<FitTask>& fits, const config::Experiment& experiment,
                 const std::map<std::string, SetContent>& sets) {
  const std::vector<ModelInputs> inputs = inputs_of_models(experiment);
  for (FitTask& fit : fits)
    fit.recipe = hash_of(fit, "", settings_of(fit, experiment, inputs[fit.model], sets));
}

std::vector<FitTask> plan_fits(const Study& study, const std::map<std::string, data::SegmentTable>& tables) {
  std::vector<FitTask> fits = list_fits(study.experiment, study.tracks.size(), count_folds(study));
  const std::vector<ModelInputs> inputs = inputs_of_models(study.experiment);
  std::map<std::pair<std::string, bool>, TableFacts> facts;
  for (FitTask& fit : fits) {
    const config::ModelSpec& model = study.experiment.models[fit.model];
    const auto key = std::pair(to_string(model.features), config::uses_augmented_rows(fit.variant));
    if (!facts.contains(key)) facts.emplace(key, facts_of(tables.at(key.first), key.second));
    const TableFacts& table = facts.at(key);
    fit.expected_cost = fit.share * expected_cost(model, table.rows);
    const auto settings = settings_of(fit, study.experiment, inputs[fit.model], study.sets);
    fit.pretrained = inputs[fit.model].pretrained;
    fit.recipe = hash_of(fit, "", settings);
    fit.hash = hash_of(fit, table.hash, settings);
  }
  return fits;
}

std::string fit_task_name(const FitTask& task, const config::Experiment& experiment) {
  return "fit " + task.directory(experiment).generic_string();
}

}  // namespace musicmem::launcher
