// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/experiment.h"

#include "config/error.h"
#include "config/nearest.h"
#include "config/yaml_section.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <set>
#include <utility>

namespace musicmem::config {
namespace {

namespace fs = std::filesystem;

template <typename Enum>
using Words = std::vector<std::pair<std::string, Enum>>;

const Words<FeatureSet> feature_set_words = {
    {"ehc", FeatureSet::ehc}, {"classic", FeatureSet::classic}, {"fbank", FeatureSet::fbank}};
const Words<Protocol> protocol_words = {{"strict", Protocol::strict}, {"audmem", Protocol::audmem}};
const Words<Pooling> pooling_words = {{"mean", Pooling::mean}, {"max", Pooling::max}};
const Words<SvrKernel> kernel_words = {{"rbf", SvrKernel::rbf}, {"linear", SvrKernel::linear}};
const Words<Variant> variant_words = {{"vanilla", Variant::vanilla},
                                      {"augmented", Variant::augmented},
                                      {"lds", Variant::lds},
                                      {"augmented_lds", Variant::augmented_lds}};
const Words<SsastSize> ssast_size_words = {{"nano", SsastSize::nano},
                                           {"tiny", SsastSize::tiny},
                                           {"small", SsastSize::small},
                                           {"base", SsastSize::base}};
const Words<SsastPatches> ssast_patches_words = {{"patch", SsastPatches::patch},
                                                 {"frame", SsastPatches::frame}};
const Words<SsastPooling> ssast_pooling_words = {{"avgtok", SsastPooling::avgtok},
                                                 {"cls", SsastPooling::cls}};
const Words<SsastHead> ssast_head_words = {{"paper", SsastHead::paper}, {"plain", SsastHead::plain}};
const Words<Stems::Source> stems_words = {{"approximate", Stems::Source::approximate},
                                          {"directory", Stems::Source::directory},
                                          {"torchscript", Stems::Source::torchscript}};
const Words<Emotion::Source> emotion_words = {
    {"none", Emotion::Source::none}, {"csv", Emotion::Source::csv}, {"model", Emotion::Source::model}};
const Words<SsastInput> ssast_input_words = {{"clip", SsastInput::clip}, {"segment", SsastInput::segment}};
const Words<Optimizer> optimizer_words = {{"adam", Optimizer::adam}, {"adamw", Optimizer::adamw}};
const Words<Schedule> schedule_words = {
    {"constant", Schedule::constant}, {"step", Schedule::step}, {"plateau", Schedule::plateau}};
const Words<FbankStatistics> statistics_words = {{"audioset", FbankStatistics::audioset},
                                                 {"fold", FbankStatistics::fold}};
const Words<Precision> precision_words = {{"bf16", Precision::bf16}, {"fp32", Precision::fp32}};

template <typename Enum>
std::string word_of(Enum value, const Words<Enum>& words) {
  for (const auto& [word, known] : words) {
    if (known == value) return word;
  }
  return "";
}

// Reads one of the words under `key`, or throws with the nearest one.
template <typename Enum>
Enum word(const YamlSection& section, const std::string& key, const std::string& text,
          const Words<Enum>& words) {
  std::vector<std::string> known;
  for (const auto& [name, value] : words) {
    if (name == text) return value;
    known.push_back(name);
  }
  section.fail(key, "'" + text + "' is not a value of '" + key + "'", suggestion(text, known));
}

template <typename Enum>
void read_word(YamlSection& section, const std::string& key, Enum& value, const Words<Enum>& words) {
  if (!section.has(key)) return;
  std::string text;
  section.read(key, text);
  value = word(section, key, text, words);
}

void read_source(YamlSection section, Source& source) {
  section.read_path("labels", source.labels);
  section.read_path("audio", source.audio);
  section.read_path("table", source.table);
  section.read("synthetic", source.synthetic);
  section.read("ytmm", source.ytmm);
  if (source.synthetic && source.ytmm) {
    section.fail("ytmm", "a synthetic study does not have the scores of the YTMM listeners",
                 "leave out synthetic or ytmm");
  }
  if (source.from_table() && (section.has("labels") || section.has("audio"))) {
    section.fail("table", "data.table replaces data.labels and data.audio", "keep one or the other");
  }
  if (!source.from_table() && (source.labels.empty() || source.audio.empty())) {
    section.fail("labels", "the study names no data", "set data.labels and data.audio, or data.table");
  }
  section.finish();
}

void read_augment(YamlSection section, Augment& augment) {
  constexpr int octaves_two = 24;
  section.read("pitch_semitones", augment.pitch_semitones, -octaves_two, octaves_two);
  section.read("keep_audio", augment.keep_audio);
  std::set<int> seen;
  for (const int n : augment.pitch_semitones) {
    if (n == 0 || !seen.insert(n).second) {
      section.fail("pitch_semitones",
                   "pitch shift " + std::to_string(n) + (n == 0 ? " changes nothing" : " is given twice"),
                   "leave it out");
    }
  }
  section.finish();
}

void read_tuning(YamlSection& section, Tuning& tuning) {
  std::string text = "estimate";
  section.read("tuning", text);
  try {
    tuning = parse_tuning(text);
  } catch (const Error& error) {
    section.fail("tuning", error.problem(), error.advice());
  }
}

// The file or directory that a source other than the built-in one reads.
void read_source_path(YamlSection& section, const std::string& source, const std::string& what,
                      fs::path& path) {
  section.read_path("path", path);
  if (path.empty()) section.fail("path", "source " + source + " has no path", "add path: " + what);
}

void read_separator(YamlSection& section, Stems& stems) {
  constexpr int highest_rate = 768000;
  section.read("sample_rate", stems.sample_rate, 1000, highest_rate);
  section.read("channels", stems.channels, 1, 8);
  section.read("sources", stems.sources);
  section.read("batch", stems.batch, 1, 1024);
  for (const std::string& name : stem_names()) {
    if (std::count(stems.sources.begin(), stems.sources.end(), name) != 1) {
      section.fail("sources", "the separator's sources must name '" + name + "' once",
                   "list its outputs in order, such as [drums, bass, other, vocals]; any further ones "
                   "count as other");
    }
  }
}

void read_stems(YamlSection section, Stems& stems) {
  read_word(section, "source", stems.source, stems_words);
  if (stems.source == Stems::Source::directory) {
    read_source_path(section, "directory", "a directory of <clip>/<source>.wav", stems.path);
  }
  if (stems.source == Stems::Source::torchscript) {
    read_source_path(section, "torchscript", "a separator exported as TorchScript", stems.path);
    read_separator(section, stems);
  }
  section.finish();
}

void read_emotion(YamlSection section, Emotion& emotion) {
  read_word(section, "source", emotion.source, emotion_words);
  if (emotion.source == Emotion::Source::csv) {
    read_source_path(section, "csv", "a CSV track,static_valence,static_arousal", emotion.path);
  }
  if (emotion.source == Emotion::Source::model) {
    read_source_path(section, "model", "the weights that musicmem emotion train wrote", emotion.path);
  }
  section.finish();
}

void read_ehc(YamlSection section, EhcSettings& ehc) {
  YamlSection harmony = section.section("harmony");
  read_tuning(harmony, ehc.tuning);
  harmony.finish();
  std::string tempo = "clip";
  section.read("tempo", tempo);
  if (tempo != "clip") section.read_path("tempo", ehc.tempo_table);
  read_stems(section.section("stems"), ehc.stems);
  read_emotion(section.section("emotion"), ehc.emotion);
  section.finish();
}

void read_features(YamlSection section, const YamlDocument& document, Features& features) {
  features.store = (document.base_directory("") / features.store).lexically_normal();
  section.read_path("store", features.store);
  read_ehc(section.section("ehc"), features.ehc);
  YamlSection fbank = section.section("fbank");
  fbank.read("mel_bins", features.fbank.mel_bins, 128, 128);
  fbank.read("target_length", features.fbank.target_length, 16, 10000);
  fbank.finish();
  section.finish();
}

void read_cross_validation(YamlSection section, CrossValidation& cv) {
  section.read("folds", cv.folds, 2, 100000);
  section.read("seeds", cv.seeds);
  read_word(section, "protocol", cv.protocol, protocol_words);
  read_word(section, "pooling", cv.pooling, pooling_words);
  if (cv.protocol == Protocol::audmem) cv.pooling = Pooling::max;
  if (cv.protocol == Protocol::audmem) cv.shuffle.reset();
  section.read("shuffle", cv.shuffle);
  section.read("stratify", cv.stratify);
  if (cv.seeds.empty()) section.fail("seeds", "no seed is given", "give at least one, such as [1111]");
  if (std::set<std::uint64_t>(cv.seeds.begin(), cv.seeds.end()).size() != cv.seeds.size()) {
    section.fail("seeds", "a seed is given twice", "keep one of them");
  }
  if (cv.protocol == Protocol::audmem && (cv.shuffle || cv.stratify)) {
    section.fail("protocol", "the audmem protocol cuts folds in the order of the rows",
                 "set shuffle: none and leave out stratify");
  }
  section.finish();
}

void read_svr(YamlSection& section, SvrSettings& svr) {
  constexpr double tiny = 1e-12;
  constexpr double huge = 1e12;
  read_word(section, "kernel", svr.kernel, kernel_words);
  section.read("C", svr.c, tiny, huge);
  section.read("epsilon", svr.epsilon, 0.0, huge);
  section.read_or_word("gamma", "scale", svr.gamma, tiny, huge);
  section.read("tolerance", svr.tolerance, tiny, 1.0);
}

void read_mlp(YamlSection& section, MlpSettings& mlp) {
  constexpr int many = 1000000;
  section.read("hidden", mlp.hidden, 1, 100000);
  section.read("dropout", mlp.dropout, 0.0, 0.99);
  section.read("learning_rate", mlp.learning_rate, 1e-12, 10.0);
  section.read("batch", mlp.batch, 1, many);
  section.read("batch_augmented", mlp.batch_augmented, 1, many);
  section.read("max_epochs", mlp.max_epochs, 1, many);
  section.read("patience", mlp.patience, 1, many);
  section.read("ranking_weight", mlp.ranking_weight, 0.0, 1.0);
  section.read("center_labels", mlp.center_labels);
}

void read_spec_augment(YamlSection section, SsastTraining& training) {
  section.read("mask_bins", training.mask_bins, 0, 128);
  section.read("mask_frames", training.mask_frames, 0, 10000);
  section.read("noise", training.noise);
  section.read("roll", training.roll);
  section.finish();
}

void read_ssast_schedule(YamlSection& section, SsastTraining& training) {
  constexpr int many = 1000000;
  section.read("epochs", training.epochs, 1, many);
  section.read("warm_up_steps", training.warm_up_steps, 0, many);
  read_word(section, "schedule", training.schedule, schedule_words);
  section.read("step_from", training.step_from, 1, many);
  section.read("step_every", training.step_every, 1, many);
  section.read("plateau_patience", training.plateau_patience, 1, many);
  section.read("schedule_factor", training.schedule_factor, 0.0, 1.0);
  section.read("average_from", training.average_from, 0, many);
  section.read("average_to", training.average_to, 0, many);
  if (training.average_from > 0 && training.average_to < training.average_from) {
    section.fail(
        "average_to",
        "the averaging of weights ends before it begins, at epoch " + std::to_string(training.average_from),
        "give an epoch from there on, or average_from: 0 for no averaging");
  }
  section.read("patience", training.patience, 0, many);
}

void read_ssast_training(YamlSection& section, SsastTraining& training) {
  constexpr int many = 1000000;
  constexpr double nearly_one = 0.999999999;
  read_ssast_schedule(section, training);
  section.read("batch", training.batch, 1, many);
  section.read("accumulate", training.accumulate, 1, many);
  read_word(section, "optimizer", training.optimizer, optimizer_words);
  section.read("learning_rate", training.learning_rate, 1e-12, 10.0);
  section.read("weight_decay", training.weight_decay, 0.0, 10.0);
  section.read("beta1", training.beta1, 0.0, nearly_one);
  section.read("beta2", training.beta2, 0.0, nearly_one);
  section.read("clip_gradient", training.clip_gradient, 0.0, 1e12);
  section.read("max_bad_steps", training.max_bad_steps, 1, many);
  section.read("center_labels", training.center_labels);
  read_word(section, "statistics", training.statistics, statistics_words);
  section.read("bucket_mib", training.bucket_mib, 0.001, 4096.0);
  read_spec_augment(section.section("spec_augment"), training);
}

void read_ssast(YamlSection& section, SsastSettings& ssast) {
  constexpr double most = 1e6;
  read_word(section, "size", ssast.size, ssast_size_words);
  read_word(section, "patches", ssast.patches, ssast_patches_words);
  read_word(section, "pooling", ssast.pooling, ssast_pooling_words);
  read_word(section, "head", ssast.head, ssast_head_words);
  section.read_path("pretrained", ssast.pretrained);
  section.read("freeze_backbone", ssast.freeze_backbone);
  section.read("head_learning_rate_factor", ssast.head_learning_rate_factor, 0.0, most);
  read_word(section, "input", ssast.input, ssast_input_words);
  section.read_or_word("target_length", "auto", ssast.target_length, 1, 10000);
  read_ssast_training(section, ssast.training);
  if (ssast.freeze_backbone && ssast.pretrained.empty()) {
    section.fail("freeze_backbone", "a frozen backbone without pre-trained weights learns nothing",
                 "set pretrained, or leave out freeze_backbone");
  }
}

void read_variants(YamlSection& section, ModelSpec& model) {
  std::vector<std::string> texts;
  section.read("variants", texts);
  if (!section.has("variants")) return;
  model.variants.clear();
  for (const std::string& text : texts) {
    const Variant variant = word(section, "variants", text, variant_words);
    if (model.name == "svr" && uses_lds_weights(variant)) {
      section.fail("variants", "svr has no variant '" + text + "': LIBSVM gives every row the same C",
                   "use vanilla or augmented, or the mlp");
    }
    if ((model.name == "mean" || model.name == "random") && variant != Variant::vanilla) {
      section.fail("variants", model.name + " has only the variant vanilla", "leave out '" + text + "'");
    }
    if (std::count(model.variants.begin(), model.variants.end(), variant) > 0) {
      section.fail("variants", "variant '" + text + "' is given twice", "keep one of them");
    }
    model.variants.push_back(variant);
  }
  if (model.variants.empty()) section.fail("variants", "no variant is given", "use [vanilla]");
}

void read_controls(YamlSection& section, ModelSpec& model) {
  std::vector<std::string> controls;
  section.read("controls", controls);
  for (const std::string& control : controls) {
    if (control != "shuffled")
      section.fail("controls", "unknown control '" + control + "'", "the only one is: shuffled");
  }
  model.shuffled_control = !controls.empty();
}

ModelSpec read_model(YamlSection section) {
  const std::vector<std::string> known = {"mean", "random", "svr", "mlp", "ssast"};
  ModelSpec model;
  section.read("name", model.name);
  if (std::find(known.begin(), known.end(), model.name) == known.end()) {
    section.fail("name", model.name.empty() ? "a model has no name" : "unknown model '" + model.name + "'",
                 suggestion(model.name, known));
  }
  model.label = model.name;
  section.read("label", model.label);
  if (!is_plain_name(model.label)) {
    section.fail("label", "'" + model.label + "' cannot name a directory",
                 "use letters, digits, '_', '-' and '.'");
  }
  read_variants(section, model);
  read_controls(section, model);
  if (model.name == "ssast") model.features = FeatureSet::fbank;
  read_word(section, "features", model.features, feature_set_words);
  if (model.name == "ssast" && model.features != FeatureSet::fbank)
    section.fail("features", "ssast takes fbank features");
  if (model.name != "ssast" && model.features == FeatureSet::fbank)
    section.fail("features", model.name + " takes ehc or classic features");
  if (model.name == "svr") read_svr(section, model.svr);
  if (model.name == "mlp") read_mlp(section, model.mlp);
  if (model.name == "ssast") read_ssast(section, model.ssast);
  section.finish();
  return model;
}

void read_models(YamlSection& root, Experiment& experiment) {
  std::set<std::string> labels;
  for (const YamlSection& section : root.sections("models")) {
    experiment.models.push_back(read_model(section));
    const std::string& label = experiment.models.back().label;
    if (!labels.insert(label).second) {
      section.fail("name", "two models are called '" + label + "'", "give one of them another label: ...");
    }
    if (experiment.data.from_table() && experiment.models.back().features != FeatureSet::ehc) {
      section.fail("features",
                   "a study from data.table has no audio for " +
                       to_string(experiment.models.back().features) + " features",
                   "use features: ehc");
    }
  }
  if (experiment.models.empty()) root.fail("models", "no model is given", "add models: [{name: svr}]");
}

void read_runtime(YamlSection section, Runtime& runtime) {
  section.read_or_word("threads_per_rank", "auto", runtime.threads_per_rank, 1, 4096);
  section.read_or_word("ranks_per_model", "auto", runtime.ranks_per_model, 1, 65536);
  section.read("keep_going", runtime.keep_going);
  section.read("deterministic", runtime.deterministic);
  read_word(section, "precision", runtime.precision, precision_words);
  section.read("tf32", runtime.tf32);
  section.read("pretend_gpus", runtime.pretend_gpus, 0, 1024);
  constexpr double week = 7 * 24 * 3600.0;
  section.read("stall_warning", runtime.stall_warning, 1.0, week);
  section.read("stall_abort", runtime.stall_abort, 1.0, week);
  if (runtime.stall_abort < runtime.stall_warning) {
    section.fail("stall_abort", "a job would be ended before it was warned of",
                 "set stall_abort to at least stall_warning");
  }
  section.read("trace", runtime.trace);
  section.finish();
}

}  // namespace

std::string to_string(FeatureSet set) {
  return word_of(set, feature_set_words);
}
std::string to_string(Protocol protocol) {
  return word_of(protocol, protocol_words);
}
std::string to_string(SvrKernel kernel) {
  return word_of(kernel, kernel_words);
}

std::string to_string(Pooling pooling) {
  return word_of(pooling, pooling_words);
}
std::string to_string(Variant variant) {
  return word_of(variant, variant_words);
}
std::string to_string(Stems::Source source) {
  return word_of(source, stems_words);
}
std::string to_string(Emotion::Source source) {
  return word_of(source, emotion_words);
}

const std::vector<std::string>& stem_names() {
  static const std::vector<std::string> names = {"vocals", "drums", "bass", "other"};
  return names;
}

std::string to_string(SsastSize size) {
  return word_of(size, ssast_size_words);
}
std::string to_string(SsastPatches patches) {
  return word_of(patches, ssast_patches_words);
}
std::string to_string(SsastPooling pooling) {
  return word_of(pooling, ssast_pooling_words);
}
std::string to_string(SsastHead head) {
  return word_of(head, ssast_head_words);
}
std::string to_string(SsastInput input) {
  return word_of(input, ssast_input_words);
}
std::string to_string(Optimizer optimizer) {
  return word_of(optimizer, optimizer_words);
}
std::string to_string(Schedule schedule) {
  return word_of(schedule, schedule_words);
}
std::string to_string(FbankStatistics statistics) {
  return word_of(statistics, statistics_words);
}
std::string to_string(Precision precision) {
  return word_of(precision, precision_words);
}

bool is_plain_name(const std::string& text) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c >= 0x80;
  };
  return !text.empty() && text.front() != '.' && text.size() <= 200 &&
         std::all_of(text.begin(), text.end(), plain);
}

Tuning parse_tuning(const std::string& text) {
  if (text == "estimate") return {Tuning::Kind::per_segment, 0.0};
  if (text == "clip") return {Tuning::Kind::per_clip, 0.0};
  char* end = nullptr;
  const double fraction = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(fraction >= -0.5 && fraction < 0.5)) {
    throw Error("'" + text + "' is not a tuning", "",
                "use estimate, clip, or a fraction of a bin from -0.5 up to 0.5, without 0.5 itself");
  }
  return {Tuning::Kind::fixed, fraction};
}

Experiment load_experiment(const fs::path& file, const std::vector<std::string>& overrides) {
  const YamlDocument document(file, overrides);
  YamlSection root(document, document.root(), "");
  Experiment experiment;
  experiment.name = file.stem().string();
  root.read("name", experiment.name);
  if (!is_plain_name(experiment.name)) {
    root.fail("name", "'" + experiment.name + "' cannot name a run directory",
              "use letters, digits, '_', '-' and '.'");
  }
  read_source(root.section("data"), experiment.data);
  read_augment(root.section("augment"), experiment.augment);
  read_features(root.section("features"), document, experiment.features);
  read_cross_validation(root.section("cross_validation"), experiment.cross_validation);
  read_models(root, experiment);
  read_runtime(root.section("runtime"), experiment.runtime);
  root.finish();
  return experiment;
}

}  // namespace musicmem::config
