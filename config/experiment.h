// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// One study as the user describes it in a YAML file: what is read, computed, trained and how it runs.
// Every field has the default of the published study; load_experiment fills, overrides and checks them.
namespace musicmem::config {

enum class FeatureSet { ehc, classic, fbank };
enum class Protocol { strict, audmem };
enum class Pooling { mean, max };
enum class SvrKernel { rbf, linear };
enum class Variant { vanilla, augmented, lds, augmented_lds };
enum class SsastSize { nano, tiny, small, base };
enum class SsastPatches { patch, frame };  // 16 x 16 patches of the spectrogram, or 128 x 2 frames
enum class SsastPooling { avgtok, cls };   // mean of the patch tokens, or of the two class tokens
enum class SsastHead { paper, plain };     // three layers with dropout, or one
enum class SsastInput { clip, segment };   // one row a clip, or one for each of its one-second segments
enum class Optimizer { adam, adamw };
enum class Schedule { constant, step, plateau };
enum class FbankStatistics { audioset, fold };  // what log-mel is normalised with
enum class Precision { bf16, fp32 };

std::string to_string(FeatureSet set);
std::string to_string(Protocol protocol);
std::string to_string(Pooling pooling);
std::string to_string(SvrKernel kernel);
std::string to_string(Variant variant);
std::string to_string(SsastSize size);
std::string to_string(SsastPatches patches);
std::string to_string(SsastPooling pooling);
std::string to_string(SsastHead head);
std::string to_string(SsastInput input);
std::string to_string(Optimizer optimizer);
std::string to_string(Schedule schedule);
std::string to_string(FbankStatistics statistics);
std::string to_string(Precision precision);

inline bool uses_augmented_rows(Variant v) {
  return v == Variant::augmented || v == Variant::augmented_lds;
}
inline bool uses_lds_weights(Variant v) {
  return v == Variant::lds || v == Variant::augmented_lds;
}

struct Source {
  std::filesystem::path labels;  // CSV track,score
  std::filesystem::path audio;   // directory of the original clips
  std::filesystem::path table;   // EHC table instead of labels and audio; the others are then empty
  bool synthetic = false;        // made by demo-data: reports say so
  bool ytmm = false;             // the published YTMM scores, whose ceiling reports show, whatever the names
  bool from_table() const { return !table.empty(); }
};

struct Augment {
  std::vector<int> pitch_semitones = {-5, -4, -3, -2, -1, 1, 2, 3, 4, 5};
  bool keep_audio = false;  // write shifted clips to <audio>/../<n>_semitones/
};

// Tuning of the chroma's constant-Q transform: estimated per segment, once per clip, or a fixed fraction of a
// bin.
struct Tuning {
  enum class Kind { per_segment, per_clip, fixed };
  Kind kind = Kind::per_segment;
  double fraction = 0.0;  // of a chroma bin, [-0.5, 0.5); only for fixed
};

// "estimate", "clip" or a fraction, as --tuning and features.ehc.harmony.tuning take it. Throws Error.
Tuning parse_tuning(const std::string& text);
std::string to_string(const Tuning& tuning);

// Where the levels of vocals, drums, bass and other come from.
struct Stems {
  enum class Source { approximate, directory, torchscript };
  Source source = Source::approximate;
  std::filesystem::path path;  // directory: of the separated stems; torchscript: the exported separator

  // Of the separator, only for torchscript.
  int sample_rate = 44100;  // Hz that it takes and gives
  int channels = 2;         // that it takes; mono clips are repeated
  std::vector<std::string> sources = {"drums", "bass", "other", "vocals"};  // the order of its outputs
  int batch = 4;                                                            // clips separated at once
};

// The four sources, in the order of the published table.
const std::vector<std::string>& stem_names();

// Where static valence and arousal come from; without a source their columns are left out.
struct Emotion {
  enum class Source { none, csv, model };
  Source source = Source::none;
  std::filesystem::path path;  // csv: track,static_valence,static_arousal; model: of `musicmem emotion train`
};

std::string to_string(Stems::Source source);
std::string to_string(Emotion::Source source);

struct EhcSettings {
  Tuning tuning;
  std::filesystem::path tempo_table;  // CSV track,bpm; empty: estimated from the clip
  Stems stems;
  Emotion emotion;
};

struct FbankSettings {
  int mel_bins = 128;
  int target_length = 500;  // frames of 10 ms
};

struct Features {
  std::filesystem::path store = "data/features";
  EhcSettings ehc;
  FbankSettings fbank;
};

struct CrossValidation {
  int folds = 10;
  std::vector<std::uint64_t> seeds = {1111, 1000, 2345, 1234};
  Protocol protocol = Protocol::strict;
  Pooling pooling = Pooling::mean;  // of the segment predictions of a track; audmem always takes max
  // Seed of a permutation of the tracks before they are cut into folds; empty ("none", always with audmem)
  // keeps the order of the rows, as scikit-learn's KFold does.
  std::optional<std::uint64_t> shuffle = 0;
  bool stratify = false;  // deal tracks to folds by score quantile
};

struct SvrSettings {
  SvrKernel kernel = SvrKernel::rbf;
  double c = 1.0;
  double epsilon = 0.1;
  std::optional<double> gamma = std::nullopt;  // empty: "scale", 1 / (features x variance); rbf only
  double tolerance = 1e-3;
};

struct MlpSettings {
  std::vector<int> hidden = {100, 32};
  double dropout = 0.5;
  double learning_rate = 1e-4;
  int batch = 16;
  int batch_augmented = 64;
  int max_epochs = 500;
  int patience = 10;
  double ranking_weight = 0.0;  // share of the pairwise ranking loss, 0 for none
  bool center_labels = false;
};

// How SSAST learns. Epochs count from 1.
struct SsastTraining {
  int epochs = 25;
  int batch = 32;      // rows of one step, of all ranks of a group together
  int accumulate = 1;  // backward passes that a rank's share of a batch is cut into
  Optimizer optimizer = Optimizer::adam;
  double learning_rate = 1e-5;
  double weight_decay = 5e-7;
  double beta1 = 0.95;
  double beta2 = 0.999;
  int warm_up_steps = 0;  // the learning rate grows to its full value over so many steps
  Schedule schedule = Schedule::step;
  int step_from = 10;        // step: multiply by the factor at this epoch
  int step_every = 5;        // and again after so many
  int plateau_patience = 3;  // plateau: after so many epochs without a better validation error
  double schedule_factor = 0.5;
  double clip_gradient = 0.0;  // largest norm of the gradient; 0 for any
  int average_from = 6;        // validate and keep the mean of the weights since this epoch; 0 for never
  int average_to = 25;
  int patience = 10;       // stop after so many epochs without a better validation error; 0 for never
  int max_bad_steps = 10;  // fail after so many steps in a row with a loss that is not finite
  int mask_bins = 48;      // SpecAugment: widest mask along frequency
  int mask_frames = 192;   // and along time, never more than 0.4 of the input
  bool noise = false;      // add uniform noise of a random level up to 0.1
  bool roll = false;       // shift in time by -10 .. 9 frames, around the ends
  bool center_labels = false;
  FbankStatistics statistics = FbankStatistics::audioset;
  double bucket_mib = 25.0;  // of gradients that travel together
};

struct SsastSettings {
  SsastSize size = SsastSize::base;
  SsastPatches patches = SsastPatches::patch;
  SsastPooling pooling = SsastPooling::avgtok;
  SsastHead head = SsastHead::paper;
  std::filesystem::path pretrained;        // .pth; empty: training starts from random weights
  bool freeze_backbone = false;            // train the head only; needs pretrained
  double head_learning_rate_factor = 1.0;  // the head's learning rate over the backbone's
  SsastInput input = SsastInput::clip;
  std::optional<int> target_length =
      std::nullopt;  // frames; empty: features.fbank.target_length, 100 for segments
  SsastTraining training;
};

struct ModelSpec {
  std::string name;   // mean | random | svr | mlp | ssast
  std::string label;  // its directory and its name in reports; the name unless two entries share it
  std::vector<Variant> variants = {Variant::vanilla};
  FeatureSet features = FeatureSet::ehc;
  bool shuffled_control = false;  // also train on permuted labels
  SvrSettings svr;
  MlpSettings mlp;
  SsastSettings ssast;
};

struct Runtime {
  std::optional<int> threads_per_rank = std::nullopt;  // empty: cores of the rank
  std::optional<int> ranks_per_model = std::nullopt;  // ranks that train one fit together; empty: one per fit
  bool keep_going = true;                             // a failed task does not stop the others
  bool deterministic = true;
  Precision precision = Precision::bf16;  // of GPUs' matrix products; CPUs compute in fp32
  bool tf32 = true;                       // GPUs may round factors of fp32 products to tf32
  int pretend_gpus = 0;                   // per node, for --dry-run: roles and groups as if these were there
  double stall_warning = 60.0;            // seconds without a sign of life until a rank is reported
  double stall_abort = 600.0;             // and until the job ends with exit 75, to be started again
  bool trace = false;                     // write logs/trace.json, a timeline in Chrome's trace format
};

struct Experiment {
  std::string name;
  Source data;
  Augment augment;
  Features features;
  CrossValidation cross_validation;
  std::vector<ModelSpec> models;
  Runtime runtime;
};

// Letters, digits, '_', '-', '.' and non-ASCII letters; not hidden: fit to name a directory.
bool is_plain_name(const std::string& text);

// Reads FILE, applies `overrides` ("cross_validation.folds=5", a model by its label as in "models.svr.C=10";
// any YAML flow value), checks every key, type and range, and makes the paths of the file absolute (they are
// relative to the file; those of an override to the working directory). Throws Error with file and line; an
// override of an unknown key throws UsageError. Both name the nearest known key.
Experiment load_experiment(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});

// All of an experiment, or what results follow from: not where features are kept nor how the work is done.
enum class YamlPart { all, results };

// The experiment as YAML with every default written out; paths are relative to `directory`, so that the file
// can be read again from there.
std::string to_yaml(const Experiment& experiment, const std::filesystem::path& directory,
                    YamlPart part = YamlPart::all);

}  // namespace musicmem::config
