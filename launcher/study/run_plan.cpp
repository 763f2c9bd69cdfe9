// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/run_plan.h"

#include "config/error.h"
#include "features/sound/clip_remarks.h"
#include "launcher/run/json_file.h"
#include "launcher/study/findings.h"
#include "launcher/study/prepared_features.h"
#include "launcher/study/reliability_file.h"
#include "launcher/study/study.h"
#include "models/protocol/folds.h"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

namespace musicmem::launcher {}  // namespace musicmem::launcher

namespace musicmem::config {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Equivalence, spearman, pearson, mse, mae)

}  // namespace musicmem::config

namespace musicmem::launcher {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AdjustedClip, track, adjustment)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PreparedSet, store, clips)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SetOrigin, source, reading, originals, all)

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// 0 where the file is gone.
std::uintmax_t size_of(const fs::path& file) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  return error ? 0 : size;
}

json planned_tracks(const Study& study, const std::vector<std::string>& audio) {
  const std::vector<std::vector<int>> folds = folds_of_repeats(study);
  json tracks = json::array();
  for (std::size_t i = 0; i < study.tracks.size(); ++i) {
    tracks.push_back({{"track", study.tracks[i]}, {"label", study.labels[i]}, {"fold", folds[0][i]}});
    for (std::size_t r = 1; r < folds.size(); ++r) tracks.back()["later_folds"].push_back(folds[r][i]);
    if (!study.groups.empty()) tracks.back()["group"] = study.groups[i];
    if (!study.covariates.names.empty()) tracks.back()["covariates"] = study.covariates.of_tracks[i];
    if (!study.weights.empty()) tracks.back()["weight"] = study.weights[i];
    if (audio[i].empty()) continue;
    tracks.back()["audio"] = audio[i];
    tracks.back()["bytes"] = size_of(study.clips[i].audio);
  }
  return tracks;
}

// What the stores of all feature sets have to say of the clips, by track.
std::map<std::string, features::ClipRemarks> clip_remarks(const std::vector<PreparedFeatures>& prepared) {
  std::map<std::string, features::ClipRemarks> remarks;
  for (const PreparedFeatures& set : prepared) {
    const features::CompactedFeatures& compacted = *set.table;
    for (std::size_t i = 0; i < compacted.samples(); ++i) {
      if (compacted.semitones()[i] != 0 || compacted.remarks()[i].empty()) continue;
      const std::string& text = compacted.remarks()[i];
      features::ClipRemarks& of_clip = remarks[compacted.tracks()[i]];
      // One set alone hears the stems.
      if (of_clip.text().size() < text.size()) of_clip = features::ClipRemarks::of_text(text);
    }
  }
  return remarks;
}

// The study's own, and what cannot be meant about its clips.
std::vector<std::string> planned_warnings(const Study& study, const std::vector<PreparedFeatures>& prepared,
                                          const std::vector<std::string>& audio) {
  const std::map<std::string, features::ClipRemarks> remarks = clip_remarks(prepared);
  std::vector<std::string> warnings;
  for (const StudyWarning& warning : study.warnings) warnings.push_back(warning.text);
  for (std::size_t i = 0; i < study.clips.size(); ++i) {
    const auto of_clip = remarks.find(study.clips[i].name);
    if (of_clip == remarks.end()) continue;
    for (const std::string& anomaly : of_clip->second.anomalies)
      warnings.push_back(study.tracks[i] + " " + anomaly);
  }
  if (const auto equal = find_equal_clips(study.tracks, audio)) warnings.push_back(equal->text());
  return warnings;
}

json planned_fits(const Study& study, const std::vector<FitTask>& fits) {
  json planned = json::array();
  for (const FitTask& fit : fits) {
    planned.push_back({{"model", study.experiment.models[fit.model].label},
                       {"kind", study.experiment.models[fit.model].name},
                       {"variant", fit.variant_name()},
                       {"seed", fit.seed_name()},
                       {"fold", fit.fold},
                       {"directory", fit.directory(study.experiment).generic_string()},
                       {"hash", fit.hash},
                       {"recipe", fit.recipe}});
  }
  return planned;
}

std::map<std::string, SetOrigin> set_origins(const Study& study) {
  std::map<std::string, SetOrigin> sets;
  for (const auto& [name, content] : study.sets) {
    const config::FeatureSource& set = study.experiment.features.sets.at(name);
    sets[name] = {set.source.filename().string(), reading_text(set), content.originals, content.all};
  }
  return sets;
}

// A directory of the plan must stay below folds/, whoever wrote the file.
std::string checked_directory(const std::string& directory) {
  const fs::path path = fs::path(directory).lexically_normal();
  if (path.is_absolute() || path.empty() || *path.begin() == "..") throw Error("names a fit outside the run");
  return path.generic_string();
}

RunPlan parse_plan(const json& content) {
  RunPlan plan;
  plan.name = content.at("name");
  plan.synthetic = content.at("synthetic");
  plan.ytmm = content.at("ytmm");
  plan.data_hash = content.value("data_hash", "");
  plan.features.from_table = content.at("from_table");
  plan.protocol = content.at("protocol") == "audmem" ? config::Protocol::audmem : config::Protocol::strict;
  plan.pooling = content.at("pooling") == "max" ? config::Pooling::max : config::Pooling::mean;
  if (content.contains("target")) {
    plan.target.column = content.at("target").at("column");
    plan.target.range = config::ScoreRange::parse(content.at("target").at("range"));
  }
  plan.folds = content.at("folds");
  plan.repeats = content.value("repeats", 1);
  if (plan.repeats < 1 || plan.folds < plan.repeats) throw Error("has no folds");
  plan.features.from_audio = content.value("from_audio", !plan.features.from_table);
  if (content.contains("sets")) content.at("sets").get_to(plan.features.sets);
  plan.features.uses_ehc = content.at("uses_ehc");
  plan.features.stems = content.at("stems_source");
  plan.features.emotion = content.at("emotion_source");
  plan.features.clip_seconds = content.value("clip_seconds", plan.features.clip_seconds);
  if (content.contains("rope")) content.at("rope").get_to(plan.rope);
  if (content.contains("covariates")) content.at("covariates").get_to(plan.covariates);
  if (content.contains("reliability")) plan.reliability = parse_reliability(content.at("reliability").dump());
  plan.warnings = content.at("warnings").get<std::vector<std::string>>();
  for (const json& track : content.at("tracks")) {
    plan.tracks.push_back({track.at("track"), track.at("label"), track.at("fold"), track.value("audio", ""),
                           track.value("bytes", std::uintmax_t{0}), track.value("group", ""),
                           track.value("later_folds", std::vector<int>()),
                           track.value("covariates", std::vector<double>()), track.value("weight", 1.0)});
    if (plan.tracks.back().covariates.size() != plan.covariates.size())
      throw Error("has tracks without their covariates");
  }
  content.at("adjusted").get_to(plan.adjusted);
  for (const json& fit : content.at("fits")) {
    const std::string label = fit.at("model");
    plan.fits.push_back({label, fit.value("kind", label), fit.at("variant"), fit.at("seed"), fit.at("fold"),
                         checked_directory(fit.at("directory")), fit.at("hash")});
  }
  return plan;
}

json read_plan_file(const RunDirectory& run) {
  if (!fs::exists(run.plan())) {
    throw Error("nothing was trained in this run yet", run.path().string(),
                "run `musicmem train` on the experiment first");
  }
  return read_json(run.plan());
}

// What `parse` makes of the plan's file.
template <typename Parse>
auto parsed(const RunDirectory& run, const Parse& parse) {
  const Error damaged("is damaged", run.plan().string(),
                      "run `musicmem train` on the experiment again to rewrite it");
  const json content = read_plan_file(run);
  try {
    return parse(content);
  } catch (const json::exception&) {
    throw damaged;
  } catch (const Error&) {
    throw damaged;
  }
}

}  // namespace

void write_run_plan(const RunDirectory& run, const Study& study, const std::string& data_hash,
                    const std::vector<FitTask>& fits, const std::vector<PreparedFeatures>& prepared) {
  const config::Experiment& experiment = study.experiment;
  const std::vector<std::string> audio = audio_checksums(study, prepared);
  run.write_experiment(run.planned_experiment(), experiment);
  json plan = {
      {"name", experiment.name},
      {"synthetic", experiment.data.synthetic},
      {"ytmm", is_ytmm(experiment, study.tracks)},
      {"data_hash", data_hash},
      {"from_table", experiment.data.from_table()},
      {"protocol", to_string(experiment.cross_validation.protocol)},
      {"pooling", to_string(experiment.cross_validation.pooling)},
      {"target",
       {{"column", experiment.data.target.column}, {"range", to_string(experiment.data.target.range)}}},
      {"folds", count_folds(study) * experiment.cross_validation.repeats},
      {"repeats", experiment.cross_validation.repeats},
      {"rope", experiment.report.rope},
      {"uses_ehc", has_side_inputs(experiment)},
      {"stems_source", to_string(experiment.features.ehc.stems.source)},
      {"emotion_source", to_string(experiment.features.ehc.emotion.source)},
      {"clip_seconds", experiment.features.clip.seconds},
      {"warnings", planned_warnings(study, prepared, audio)},
      {"tracks", planned_tracks(study, audio)},
      {"adjusted", adjusted_clips(prepared)},
      {"prepared", prepared_sets(prepared)},
      {"fits", planned_fits(study, fits)}};
  if (!study.covariates.names.empty()) plan["covariates"] = study.covariates.names;
  if (study.reliability) plan["reliability"] = json::parse(reliability_json(*study.reliability));
  if (!study.sets.empty()) plan["sets"] = set_origins(study);
  if (!experiment.data.from_table() && !is_from_audio(experiment)) plan["from_audio"] = false;
  write_json(run.plan(), plan);
}

std::vector<std::string> audio_checksums(const Study& study, const std::vector<PreparedFeatures>& prepared) {
  std::map<std::string, std::string> of_shard;
  for (const PreparedFeatures& features : prepared) {
    for (std::size_t i = 0; i < features.entries.size(); ++i)
      of_shard[features.entries[i].name] = features.audio[i];
  }
  std::vector<std::string> checksums(study.tracks.size());
  for (std::size_t i = 0; i < study.clips.size(); ++i) {
    const auto known = of_shard.find(study.clips[i].shard);
    if (known != of_shard.end()) checksums[i] = known->second;
  }
  return checksums;
}

std::vector<AdjustedClip> adjusted_clips(const std::vector<PreparedFeatures>& prepared) {
  std::vector<AdjustedClip> clips;
  if (prepared.empty()) return clips;
  const std::map<std::string, features::ClipRemarks> remarks = clip_remarks(prepared);
  const features::CompactedFeatures& compacted = *prepared.front().table;
  for (std::size_t i = 0; i < compacted.samples(); ++i) {
    const auto of_clip = remarks.find(compacted.tracks()[i]);
    if (compacted.semitones()[i] != 0 || of_clip == remarks.end()) continue;
    if (!of_clip->second.adjustment.empty()) clips.push_back({of_clip->first, of_clip->second.adjustment});
  }
  return clips;
}

std::map<std::string, PreparedSet> prepared_sets(const std::vector<PreparedFeatures>& prepared) {
  std::map<std::string, PreparedSet> sets;
  for (const PreparedFeatures& features : prepared) {
    PreparedSet& set = sets[to_string(features.store.key().set)];
    set.store = features.store.key().hash;
    for (const features::StoreEntry& entry : features.entries) set.clips[entry.name] = entry.work_hash;
  }
  return sets;
}

RunPlan read_run_plan(const RunDirectory& run) {
  return parsed(run, parse_plan);
}

PlanOrigin read_plan_origin(const RunDirectory& run) {
  return parsed(run, [](const json& content) {
    PlanOrigin origin;
    for (const json& fit : content.at("fits")) {
      if (fit.contains("recipe")) origin.recipes[fit.at("directory")] = fit.at("recipe");
    }
    if (content.contains("prepared")) content.at("prepared").get_to(origin.prepared);
    return origin;
  });
}

}  // namespace musicmem::launcher
