// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/features.h"
#include "config/settings/setting.h"

#include <filesystem>
#include <optional>

namespace musicmem::config {

enum class SsastSize { nano, tiny, small, base };
enum class SsastPatches { patch, frame };  // 16 x 16 patches of the spectrogram, or 128 x 2 frames
enum class SsastPooling { avgtok, cls };   // mean of the patch tokens, or of the two class tokens
enum class SsastHead { paper, plain };     // three layers with dropout, or one
enum class SsastInput { clip, segment };   // one row per clip, or one for each of its segments
enum class Optimizer { adam, adamw };
enum class Schedule { constant, step, plateau };
enum class FbankStatistics { audioset, fold };  // what log-mel is normalised with

constexpr Words<SsastSize, 4> words(SsastSize) {
  return {{{"nano", SsastSize::nano},
           {"tiny", SsastSize::tiny},
           {"small", SsastSize::small},
           {"base", SsastSize::base}}};
}
constexpr Words<SsastPatches, 2> words(SsastPatches) {
  return {{{"patch", SsastPatches::patch}, {"frame", SsastPatches::frame}}};
}
constexpr Words<SsastPooling, 2> words(SsastPooling) {
  return {{{"avgtok", SsastPooling::avgtok}, {"cls", SsastPooling::cls}}};
}
constexpr Words<SsastHead, 2> words(SsastHead) {
  return {{{"paper", SsastHead::paper}, {"plain", SsastHead::plain}}};
}
constexpr Words<SsastInput, 2> words(SsastInput) {
  return {{{"clip", SsastInput::clip}, {"segment", SsastInput::segment}}};
}
constexpr Words<Optimizer, 2> words(Optimizer) {
  return {{{"adam", Optimizer::adam}, {"adamw", Optimizer::adamw}}};
}
constexpr Words<Schedule, 3> words(Schedule) {
  return {{{"constant", Schedule::constant}, {"step", Schedule::step}, {"plateau", Schedule::plateau}}};
}
constexpr Words<FbankStatistics, 2> words(FbankStatistics) {
  return {{{"audioset", FbankStatistics::audioset}, {"fold", FbankStatistics::fold}}};
}

// What is changed at random in every row that is learned from.
struct SpecAugment {
  int mask_bins = 48;
  int mask_frames = 192;
  bool noise = false;
  bool roll = false;
};

template <class V, SettingsOf<SpecAugment> S>
void visit(V& v, S& augment) {
  using enum Effect;
  v("mask_bins", augment.mask_bins, fits, between(0, 128), "widest mask along frequency");
  v("mask_frames", augment.mask_frames, fits, between(0, 10000),
    "widest mask along time, never more than 0.4 of the input");
  v("noise", augment.noise, fits, "add uniform noise of a random level up to 0.1");
  v("roll", augment.roll, fits, "shift in time by -10 .. 9 frames, around the ends");
}

// How SSAST learns. Epochs count from 1.
struct SsastTraining {
  int epochs = 25;
  int batch = 32;
  int accumulate = 1;
  Optimizer optimizer = Optimizer::adam;
  double learning_rate = 1e-5;
  double weight_decay = 5e-7;
  double beta1 = 0.95;
  double beta2 = 0.999;
  int warm_up_steps = 0;
  Schedule schedule = Schedule::step;
  int step_from = 10;
  int step_every = 5;
  int plateau_patience = 3;
  double schedule_factor = 0.5;
  double clip_gradient = 0.0;
  int average_from = 6;
  int average_to = 25;
  int patience = 10;
  int max_bad_steps = 10;
  bool center_labels = false;
  FbankStatistics statistics = FbankStatistics::audioset;
  double bucket_mib = 25.0;
  SpecAugment spec_augment;
};

template <class V, SettingsOf<SsastTraining> S>
void visit_schedule(V& v, S& training) {
  using enum Effect;
  v("warm_up_steps", training.warm_up_steps, fits, between(0, many),
    "the learning rate grows to its full value over so many steps");
  v("schedule", training.schedule, fits, "of the learning rate from there on");
  v.matters_if(training.schedule == Schedule::step, "schedule: step", [&] {
    v("step_from", training.step_from, fits, between(1, many),
      "multiply the learning rate by schedule_factor at this epoch");
    v("step_every", training.step_every, fits, between(1, many), "and again after so many epochs");
  });
  v.matters_if(training.schedule == Schedule::plateau, "schedule: plateau", [&] {
    v("plateau_patience", training.plateau_patience, fits, between(1, many),
      "multiply it after so many epochs without a better validation error");
  });
  v.matters_if(training.schedule != Schedule::constant, "schedule: step or plateau", [&] {
    v("schedule_factor", training.schedule_factor, fits, between(0.0, 1.0), "what it is multiplied by");
  });
}

template <class V, SettingsOf<SsastTraining> S>
void visit(V& v, S& training) {
  using enum Effect;
  constexpr double nearly_one = 0.999999999;
  v("epochs", training.epochs, fits, between(1, many), "epochs at most");
  v("batch", training.batch, fits, between(1, many), "rows of one step, of all ranks of a group together");
  v("accumulate", training.accumulate, fits, between(1, many),
    "backward passes that a rank's share of a batch is cut into");
  v("optimizer", training.optimizer, fits, "adamw takes weight decay apart from the gradient");
  v("learning_rate", training.learning_rate, fits, between(1e-12, 10.0), "of the optimizer");
  v("weight_decay", training.weight_decay, fits, between(0.0, 10.0), "of the optimizer");
  v("beta1", training.beta1, fits, between(0.0, nearly_one), "decay of the mean of gradients");
  v("beta2", training.beta2, fits, between(0.0, nearly_one), "decay of the mean of their squares");
  visit_schedule(v, training);
  v("clip_gradient", training.clip_gradient, fits, between(0.0, 1e12),
    "largest norm of the gradient; 0 for any");
  v("average_from", training.average_from, fits, between(0, many),
    "validate and keep the mean of the weights since this epoch; 0 for never");
  v.matters_if(training.average_from > 0, "average_from above 0", [&] {
    v("average_to", training.average_to, fits, between(0, many), "last epoch of that mean");
  });
  v("patience", training.patience, fits, between(0, many),
    "stop after so many epochs without a better validation error; 0 for never");
  v("max_bad_steps", training.max_bad_steps, fits, between(1, many),
    "fail after so many steps in a row with a loss that is not finite");
  v("center_labels", training.center_labels, fits, "learn the labels less the mean of the training labels");
  v("statistics", training.statistics, fits,
    "mean and deviation that spectrograms are normalised with: AudioSet's, or of the training part of a "
    "fold");
  v("bucket_mib", training.bucket_mib, nothing, between(0.001, 4096.0),
    "MiB of gradients that travel together");
  v.section("spec_augment", training.spec_augment);
}

std::optional<Conflict> conflict(const SsastTraining& training);

struct SsastSettings {
  SsastSize size = SsastSize::base;
  SsastPatches patches = SsastPatches::patch;
  SsastPooling pooling = SsastPooling::avgtok;
  SsastHead head = SsastHead::paper;
  std::filesystem::path pretrained;  // empty: training starts from random weights
  bool freeze_backbone = false;
  double head_learning_rate_factor = 1.0;
  SsastInput input = SsastInput::clip;
  std::optional<int> target_length = std::nullopt;  // empty: "auto"
  SsastTraining training;
};

template <class V, SettingsOf<SsastSettings> S>
void visit(V& v, S& ssast) {
  using enum Effect;
  v("size", ssast.size, fits, "of the transformer");
  v("patches", ssast.patches, fits, "16 x 16 patches of the spectrogram, or 128 x 2 frames");
  v("pooling", ssast.pooling, fits, "of tokens: the mean of the patches', or of the two class tokens");
  v("head", ssast.head, fits, "three layers with dropout, or one");
  v("pretrained", ssast.pretrained, fits,
    "checkpoint (.pth, .safetensors) to start from; random weights without one");
  v("freeze_backbone", ssast.freeze_backbone, fits, "train the head only; needs pretrained");
  v("head_learning_rate_factor", ssast.head_learning_rate_factor, fits, between(0.0, 1e6),
    "the head's learning rate over the backbone's");
  v("input", ssast.input, fits, "one row per clip, or one for each of its segments");
  v("target_length", ssast.target_length, fits, WordOr<int>{"auto", {1, 10000}},
    "frames of a row; auto: features.fbank.target_length, and 100 a second of segments");
  visit(v, ssast.training);
}

std::optional<Conflict> conflict(const SsastSettings& ssast);

// Frames of a row, whoever says it.
int target_length_of(const SsastSettings& ssast, const Features& features);

}  // namespace musicmem::config
