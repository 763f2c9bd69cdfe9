// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/fit_settings.h"

#include "config/settings/setting_text.h"
#include "config/settings/weighing_visitor.h"

#include <utility>

namespace musicmem::config {
namespace {

namespace fs = std::filesystem;
using Content = std::function<std::string(const fs::path&)>;

class Collector : public WeighingVisitor<Collector> {
 public:
  Collector(const ModelSpec& model, const Content& content) : model_(model), content_(content) {}

  const std::map<std::string, std::string>& values() const { return values_; }

  // Takes out the values that leave the identity alone where they are those of `defaults`.
  void leave_out(const Collector& defaults) {
    for (const std::string& key : unless_default_) {
      const auto found = defaults.values_.find(key);
      if (found != defaults.values_.end() && found->second == values_[key]) values_.erase(key);
    }
  }

  template <class T, class Domain>
  void setting(const Setting& about, const T& value, const Domain& domain) {
    const bool is_late = about.effect == Effect::fits_unless_default;
    const bool belongs = about.effect == Effect::fits || is_late ||
                         (about.effect == Effect::spectrogram_fits && takes_spectrograms(model_));
    if (!belongs || !matters()) return;
    values_[path_ + about.key] = text(value, domain);
    if (is_late) unless_default_.push_back(path_ + about.key);
  }

  template <class Settings>
  void section(const char* key, const Settings& settings) {
    const std::string before = path_;
    path_.append(key).append(".");
    visit(*this, settings);
    path_ = before;
  }

  void models(const char*, const std::vector<ModelSpec>&) { section("model", model_); }

 private:
  template <class T, class Domain>
  std::string text(const T& value, const Domain& domain) const {
    return value_text(value, domain);
  }
  template <class Domain>
  std::string text(const fs::path& value, const Domain&) const {
    return value.empty() ? "" : content_(value);
  }

  const ModelSpec& model_;
  const Content& content_;
  std::map<std::string, std::string> values_;
  std::vector<std::string> unless_default_;  // keys of values_
  std::string path_;                         // of the mapping, with a dot at its end
};

// Segments of spectrograms are cut where they are read: the features in the store do not tell them.
void add_segments(std::map<std::string, std::string>& settings, const ModelSpec& model,
                  const ClipGeometry& clip) {
  const ClipGeometry usual;
  const bool cuts = takes_spectrograms(model) && model.ssast.input == SsastInput::segment;
  if (!cuts || (clip.segment == usual.segment && clip.hop == usual.hop)) return;
  settings["features.clip.segment"] = exact_text(clip.segment);
  settings["features.clip.hop"] = exact_text(clip.hop);
}

}  // namespace

bool takes_spectrograms(const ModelSpec& model) {
  return model.features.is(to_string(FeatureSet::fbank));
}

ModelSpec resolved(const ModelSpec& model, const Features& features) {
  ModelSpec result = model;
  result.ssast.target_length = target_length_of(model.ssast, features);
  return result;
}

std::map<std::string, std::string> fit_settings(const Experiment& experiment, std::size_t model,
                                                const Content& content) {
  const ModelSpec chosen = resolved(experiment.models[model], experiment.features);
  Experiment effective = experiment;
  effective.features.fbank.target_length = chosen.ssast.target_length;  // of its own, it counts no more
  Collector collector(chosen, content);
  visit(collector, std::as_const(effective));
  ModelSpec plain;
  plain.name = chosen.name;
  Collector defaults(plain, content);
  const Experiment published;
  visit(defaults, published);
  collector.leave_out(defaults);
  std::map<std::string, std::string> settings = collector.values();
  add_segments(settings, chosen, experiment.features.clip);
  return settings;
}

}  // namespace musicmem::config
