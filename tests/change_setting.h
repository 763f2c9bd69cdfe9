// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/experiment.h"
#include "config/fit_settings.h"
#include "config/settings/weighing_visitor.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Studies that differ in one setting, for every setting in turn.
namespace musicmem::config::testing {

struct ChangedSetting {
  std::string path;  // as all_settings() has it
  Effect effect;
  bool matters;                      // beside the settings that it goes with
  std::optional<std::size_t> model;  // that it belongs to, if any
};

// Gives the setting number `index` of a study another value, within its range where that holds more than one.
class SettingChanger : public WeighingVisitor<SettingChanger> {
 public:
  // `file` takes the place of any other file.
  SettingChanger(std::size_t index, std::filesystem::path file) : left_(index), file_(std::move(file)) {}

  std::optional<ChangedSetting> changed;

  template <class T, class Domain>
  void setting(const Setting& about, T& value, const Domain& domain) {
    if (left_-- != 0) return;
    change(value, domain);
    changed = {path_ + about.key, about.effect, matters(), model_};
  }

  template <class Settings>
  void section(const char* key, Settings& settings) {
    within(path_ + key + ".", settings);
  }
  template <class Settings>
  void named(const char* key, std::map<std::string, Settings>& entries) {
    for (auto& [name, settings] : entries) within(path_ + key + ".NAME.", settings);
  }
  void models(const char*, std::vector<ModelSpec>& models) {
    for (std::size_t i = 0; i < models.size(); ++i) {
      model_ = i;
      within("models.LABEL.", models[i]);
    }
    model_.reset();
  }
  template <class Settings>
  void kind(const char* name, bool is_chosen, Settings& settings) {
    if (is_chosen) within(std::string("models.") + name + ".", settings);
  }

 private:
  template <class Settings>
  void within(const std::string& path, Settings& settings) {
    const std::string before = std::exchange(path_, path);
    visit(*this, settings);
    path_ = before;
  }

  template <class Domain>
  void change(bool& value, const Domain&) {
    value = !value;
  }
  void change(int& value, const Between<int>& range) { value += value < range.most ? 1 : -1; }
  void change(double& value, const Between<double>& range) {
    value = value / 2 > range.least ? value / 2 : range.least + (range.most - range.least) / 4;
  }
  void change(std::string& value, const Anything&) { value += "x"; }
  void change(std::string& value, const OneOf& domain) {
    auto known = std::find(domain.words.begin(), domain.words.end(), value);
    value = std::next(known) == domain.words.end() ? domain.words.front() : *std::next(known);
  }
  template <class Domain>
  void change(std::filesystem::path& value, const Domain&) {
    value = file_;
  }
  template <Spelled T>
  void change(T& value, const Anything&) {
    const T another = T::parse(T::another);
    value = value == another ? T() : another;
  }
  template <HasWords Enum>
  void change(Enum& value, const Anything&) {
    const auto all = words(value);
    const auto known =
        std::find_if(all.begin(), all.end(), [&](const auto& word) { return word.value == value; });
    value = std::next(known) == all.end() ? all.front().value : std::next(known)->value;
  }
  template <class Number>
  void change(std::optional<Number>& value, const WordOr<Number>& domain) {
    value = value ? std::nullopt : std::optional(domain.range.least);
  }
  template <HasWords Enum>
  void change(std::vector<Enum>& values, const Anything& domain) {
    values.push_back(values.back());
    change(values.back(), domain);
  }
  void change(std::vector<int>& values, const Between<int>& range) { values.push_back(range.least); }
  void change(std::vector<std::uint64_t>& values, const Anything&) { values.push_back(77); }
  void change(std::vector<std::string>& values, const Anything&) {
    std::reverse(values.begin(), values.end());
  }
  void change(std::vector<std::string>& values, const OneOf& domain) {
    if (values.empty()) {
      values = {domain.words.front()};
    } else {
      values.clear();
    }
  }

  std::size_t left_;
  std::filesystem::path file_;
  std::string path_;  // of the mapping, with a dot at its end
  std::optional<std::size_t> model_;
};

// Calls `see(changed study, what was changed)` for every setting of `study`.
template <class See>
void for_each_change(const Experiment& study, const std::filesystem::path& file, See see) {
  for (std::size_t index = 0;; ++index) {
    Experiment other = study;
    SettingChanger changer(index, file);
    visit(changer, other);
    if (!changer.changed) return;
    see(other, *changer.changed);
  }
}

// Studies that have every setting there is between them; `file` stands for all of their files.
inline std::vector<Experiment> studies_with_every_setting(const std::filesystem::path& file) {
  const auto model = [](const char* name) {
    ModelSpec spec;
    spec.name = spec.label = name;
    if (spec.name == "ssast") spec.features = {{"fbank"}};
    return spec;
  };
  Experiment plain;
  plain.name = "plain";
  plain.data.labels = plain.data.audio = file;
  plain.models = {model("mean"), model("svr"), model("mlp"), model("ssast")};

  Experiment other = plain;  // what goes with other settings than the defaults
  other.features.ehc.tempo = other.features.ehc.stems.path = other.features.ehc.emotion.path = file;
  other.features.sets["mert"].source = file;
  other.features.sets["clap"].encoder = file;
  other.features.ehc.stems.source = Stems::Source::torchscript;
  other.features.ehc.emotion.source = Emotion::Source::model;
  other.runtime.precision = Precision::fp32;
  other.models[1].svr.kernel = SvrKernel::linear;
  other.models[3].ssast.pretrained = file;
  other.models[3].ssast.target_length = 200;
  other.models[3].ssast.training.schedule = Schedule::plateau;

  Experiment segments = plain;
  segments.models = {model("ssast")};
  segments.models[0].ssast.input = SsastInput::segment;
  segments.models[0].ssast.training.schedule = Schedule::constant;
  segments.models[0].ssast.training.average_from = 0;

  Experiment table = plain;
  table.data = {};
  table.data.table = file;
  table.models = {model("svr"), model("ridge")};
  return {plain, other, segments, table};
}

// Whether fits of a model of `study` are others with the change, as the setting's declaration says.
inline bool makes_other_fits(const ChangedSetting& changed, const Experiment& study, std::size_t m) {
  const ModelSpec& model = study.models[m];
  if (changed.model.value_or(m) != m || !changed.matters) return false;
  const bool takes_clips = takes_spectrograms(model) && model.ssast.input == SsastInput::clip;
  const bool has_own_length = model.ssast.target_length.has_value();
  if (changed.path == "features.fbank.target_length") return takes_clips && !has_own_length;
  // Which target lengths follow from, where they are not given.
  if (changed.path == "features.clip.seconds")
    return takes_clips && !has_own_length && !study.features.fbank.target_length;
  // Spectrograms are cut into segments when they are read.
  if (changed.path == "features.clip.segment" || changed.path == "features.clip.hop")
    return takes_spectrograms(model) && model.ssast.input == SsastInput::segment;
  return changed.effect == Effect::fits || changed.effect == Effect::fits_unless_default ||
         (changed.effect == Effect::spectrogram_fits && takes_spectrograms(model));
}

}  // namespace musicmem::config::testing
