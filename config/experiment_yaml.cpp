// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/experiment.h"

#include <charconv>

#include <yaml-cpp/yaml.h>

namespace musicmem::config {
namespace {

namespace fs = std::filesystem;

// Shortest text that reads back exactly.
std::string number(double value) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

template <typename T>
void flow_list(YAML::Emitter& out, const std::string& key, const std::vector<T>& values) {
  out << YAML::Key << key << YAML::Value << YAML::Flow << YAML::BeginSeq;
  for (const T& value : values) out << value;
  out << YAML::EndSeq;
}

template <typename T>
void field(YAML::Emitter& out, const std::string& key, const T& value) {
  out << YAML::Key << key << YAML::Value << value;
}

void begin(YAML::Emitter& out, const std::string& key) {
  out << YAML::Key << key << YAML::Value << YAML::BeginMap;
}

std::string from_here(const fs::path& path, const fs::path& directory) {
  return fs::proximate(path, directory).generic_string();
}

void write_source(YAML::Emitter& out, const Source& source, const fs::path& directory) {
  begin(out, "data");
  if (source.from_table()) {
    field(out, "table", from_here(source.table, directory));
  } else {
    field(out, "labels", from_here(source.labels, directory));
    field(out, "audio", from_here(source.audio, directory));
  }
  field(out, "synthetic", source.synthetic);
  field(out, "ytmm", source.ytmm);
  out << YAML::EndMap;
}

void write_stems(YAML::Emitter& out, const Stems& stems, const fs::path& directory) {
  begin(out, "stems");
  field(out, "source", to_string(stems.source));
  if (!stems.path.empty()) field(out, "path", from_here(stems.path, directory));
  if (stems.source == Stems::Source::torchscript) {
    field(out, "sample_rate", stems.sample_rate);
    field(out, "channels", stems.channels);
    flow_list(out, "sources", stems.sources);
    field(out, "batch", stems.batch);
  }
  out << YAML::EndMap;
}

void write_ehc(YAML::Emitter& out, const EhcSettings& ehc, const fs::path& directory) {
  begin(out, "ehc");
  begin(out, "harmony");
  field(out, "tuning", to_string(ehc.tuning));
  out << YAML::EndMap;
  field(out, "tempo", ehc.tempo_table.empty() ? "clip" : from_here(ehc.tempo_table, directory));
  write_stems(out, ehc.stems, directory);
  begin(out, "emotion");
  field(out, "source", to_string(ehc.emotion.source));
  if (!ehc.emotion.path.empty()) field(out, "path", from_here(ehc.emotion.path, directory));
  out << YAML::EndMap << YAML::EndMap;
}

void write_features(YAML::Emitter& out, const Features& features, const fs::path& directory, YamlPart part) {
  begin(out, "features");
  if (part == YamlPart::all) field(out, "store", from_here(features.store, directory));
  write_ehc(out, features.ehc, directory);
  begin(out, "fbank");
  field(out, "mel_bins", features.fbank.mel_bins);
  field(out, "target_length", features.fbank.target_length);
  out << YAML::EndMap << YAML::EndMap;
}

void write_cross_validation(YAML::Emitter& out, const CrossValidation& cv) {
  begin(out, "cross_validation");
  field(out, "folds", cv.folds);
  flow_list(out, "seeds", cv.seeds);
  field(out, "protocol", to_string(cv.protocol));
  field(out, "pooling", to_string(cv.pooling));
  field(out, "shuffle", cv.shuffle ? std::to_string(*cv.shuffle) : "none");
  field(out, "stratify", cv.stratify);
  out << YAML::EndMap;
}

void write_ssast_training(YAML::Emitter& out, const SsastTraining& training) {
  field(out, "epochs", training.epochs);
  field(out, "batch", training.batch);
  field(out, "accumulate", training.accumulate);
  field(out, "optimizer", to_string(training.optimizer));
  field(out, "learning_rate", number(training.learning_rate));
  field(out, "weight_decay", number(training.weight_decay));
  field(out, "beta1", number(training.beta1));
  field(out, "beta2", number(training.beta2));
  field(out, "warm_up_steps", training.warm_up_steps);
  field(out, "schedule", to_string(training.schedule));
  field(out, "step_from", training.step_from);
  field(out, "step_every", training.step_every);
  field(out, "plateau_patience", training.plateau_patience);
  field(out, "schedule_factor", number(training.schedule_factor));
  field(out, "clip_gradient", number(training.clip_gradient));
  field(out, "average_from", training.average_from);
  field(out, "average_to", training.average_to);
  field(out, "patience", training.patience);
  field(out, "max_bad_steps", training.max_bad_steps);
  field(out, "center_labels", training.center_labels);
  field(out, "statistics", to_string(training.statistics));
  field(out, "bucket_mib", number(training.bucket_mib));
  begin(out, "spec_augment");
  field(out, "mask_bins", training.mask_bins);
  field(out, "mask_frames", training.mask_frames);
  field(out, "noise", training.noise);
  field(out, "roll", training.roll);
  out << YAML::EndMap;
}

void write_ssast(YAML::Emitter& out, const SsastSettings& ssast, const fs::path& directory) {
  field(out, "size", to_string(ssast.size));
  field(out, "patches", to_string(ssast.patches));
  field(out, "pooling", to_string(ssast.pooling));
  field(out, "head", to_string(ssast.head));
  if (!ssast.pretrained.empty()) {
    field(out, "pretrained", from_here(ssast.pretrained, directory));
  }
  field(out, "freeze_backbone", ssast.freeze_backbone);
  field(out, "head_learning_rate_factor", number(ssast.head_learning_rate_factor));
  field(out, "input", to_string(ssast.input));
  field(out, "target_length", ssast.target_length ? std::to_string(*ssast.target_length) : "auto");
  write_ssast_training(out, ssast.training);
}

void write_model(YAML::Emitter& out, const ModelSpec& model, const fs::path& directory) {
  std::vector<std::string> variants;
  for (const Variant variant : model.variants) variants.push_back(to_string(variant));
  out << YAML::BeginMap;
  field(out, "name", model.name);
  field(out, "label", model.label);
  flow_list(out, "variants", variants);
  flow_list<std::string>(
      out, "controls",
      model.shuffled_control ? std::vector<std::string>{"shuffled"} : std::vector<std::string>{});
  field(out, "features", to_string(model.features));
  if (model.name == "svr") {
    field(out, "kernel", to_string(model.svr.kernel));
    field(out, "C", number(model.svr.c));
    field(out, "epsilon", number(model.svr.epsilon));
    field(out, "gamma", model.svr.gamma ? number(*model.svr.gamma) : "scale");
    field(out, "tolerance", number(model.svr.tolerance));
  }
  if (model.name == "mlp") {
    flow_list(out, "hidden", model.mlp.hidden);
    field(out, "dropout", number(model.mlp.dropout));
    field(out, "learning_rate", number(model.mlp.learning_rate));
    field(out, "batch", model.mlp.batch);
    field(out, "batch_augmented", model.mlp.batch_augmented);
    field(out, "max_epochs", model.mlp.max_epochs);
    field(out, "patience", model.mlp.patience);
    field(out, "ranking_weight", number(model.mlp.ranking_weight));
    field(out, "center_labels", model.mlp.center_labels);
  }
  if (model.name == "ssast") write_ssast(out, model.ssast, directory);
  out << YAML::EndMap;
}

void write_runtime(YAML::Emitter& out, const Runtime& runtime) {
  const auto or_auto = [](const std::optional<int>& value) {
    return value ? std::to_string(*value) : "auto";
  };
  begin(out, "runtime");
  field(out, "threads_per_rank", or_auto(runtime.threads_per_rank));
  field(out, "ranks_per_model", or_auto(runtime.ranks_per_model));
  field(out, "keep_going", runtime.keep_going);
  field(out, "deterministic", runtime.deterministic);
  field(out, "precision", to_string(runtime.precision));
  field(out, "tf32", runtime.tf32);
  field(out, "pretend_gpus", runtime.pretend_gpus);
  field(out, "stall_warning", number(runtime.stall_warning));
  field(out, "stall_abort", number(runtime.stall_abort));
  field(out, "trace", runtime.trace);
  out << YAML::EndMap;
}

}  // namespace

std::string to_string(const Tuning& tuning) {
  if (tuning.kind == Tuning::Kind::per_segment) return "estimate";
  if (tuning.kind == Tuning::Kind::per_clip) return "clip";
  return number(tuning.fraction);
}

std::string to_yaml(const Experiment& experiment, const fs::path& directory, YamlPart part) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  field(out, "name", experiment.name);
  write_source(out, experiment.data, directory);
  begin(out, "augment");
  flow_list(out, "pitch_semitones", experiment.augment.pitch_semitones);
  if (part == YamlPart::all) field(out, "keep_audio", experiment.augment.keep_audio);
  out << YAML::EndMap;
  write_features(out, experiment.features, directory, part);
  write_cross_validation(out, experiment.cross_validation);
  out << YAML::Key << "models" << YAML::Value << YAML::BeginSeq;
  for (const ModelSpec& model : experiment.models) write_model(out, model, directory);
  out << YAML::EndSeq;
  if (part == YamlPart::all) write_runtime(out, experiment.runtime);
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

}  // namespace musicmem::config
