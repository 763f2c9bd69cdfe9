// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/experiment.h"

#include "config/error.h"
#include "config/model_traits.h"
#include "config/nearest.h"
#include "config/plain_name.h"
#include "config/settings/setting_text.h"
#include "config/unicode.h"
#include "config/yaml_section.h"

#include <algorithm>
#include <map>
#include <set>

namespace musicmem::config {
namespace {

namespace fs = std::filesystem;

template <class Settings>
void read_settings(YamlSection section, Settings& settings);

// Reads every setting of one mapping, each as its declaration says.
class Reader : public SettingVisitor<Reader> {
 public:
  explicit Reader(YamlSection& section) : section_(section) {}

  template <class T, class Domain>
  void setting(const Setting& about, T& value, const Domain& domain) {
    read(about.key, value, domain);
  }

  template <class Settings>
  void section(const char* key, Settings& settings) {
    read_settings(section_.section(key), settings);
  }

  template <class Settings>
  void named(const char* key, std::map<std::string, Settings>& entries) {
    YamlSection mapping = section_.section(key);
    for (const std::string& name : mapping.keys()) read_settings(mapping.section(name), entries[name]);
  }

  void models(const char* key, std::vector<ModelSpec>& models) {
    for (const YamlSection& entry : section_.sections(key)) read_settings(entry, models.emplace_back());
  }

 private:
  template <class T>
  requires(!HasWords<T> && !Spelled<T>) void read(const std::string& key, T& value, const Anything&) {
    section_.read(key, value);
  }
  template <class T>
  void read(const std::string& key, T& value, const OneOf&) {
    section_.read(key, value);
  }
  template <class T, class Number>
  void read(const std::string& key, T& value, const Between<Number>& range) {
    section_.read(key, value, range.least, range.most);
  }
  template <class Number>
  void read(const std::string& key, std::optional<Number>& value, const WordOr<Number>& domain) {
    section_.read_or_word(key, domain.word, value, domain.range.least, domain.range.most);
  }
  void read(const std::string& key, std::optional<std::uint64_t>& value, const WordOr<std::uint64_t>&) {
    section_.read(key, value);
  }
  void read(const std::string& key, fs::path& value, const Anything&) { section_.read_path(key, value); }
  void read(const std::string& key, fs::path& value, const WordOrPath& domain) {
    std::string text = domain.word;
    section_.read(key, text);
    if (text != domain.word) section_.read_path(key, value);
  }

  template <Spelled T>
  void read(const std::string& key, T& value, const Anything&) {
    if (!section_.has(key)) return;
    try {
      value = T::parse(section_.flow_text(key));
    } catch (const Error& error) {
      section_.fail(key, error.problem(), error.advice());
    }
  }

  template <HasWords Enum>
  Enum word(const std::string& key, const std::string& text) {
    if (const auto value = from_word<Enum>(text)) return *value;
    section_.fail(key, "'" + text + "' is not a value of '" + key + "'",
                  suggestion(text, word_texts<Enum>()));
  }
  template <HasWords Enum>
  void read(const std::string& key, Enum& value, const Anything&) {
    if (!section_.has(key)) return;
    std::string text;
    section_.read(key, text);
    value = word<Enum>(key, text);
  }
  template <HasWords Enum>
  void read(const std::string& key, std::vector<Enum>& values, const Anything&) {
    std::vector<std::string> texts;
    section_.read(key, texts);
    if (!section_.has(key)) return;
    values.clear();
    for (const std::string& text : texts) values.push_back(word<Enum>(key, text));
  }

  YamlSection& section_;
};

// What follows from other settings where it is not given.
template <class Settings>
void complete(YamlSection&, Settings&) {}

void complete(YamlSection& section, CrossValidation& cv) {
  if (cv.protocol != Protocol::audmem) return;
  cv.pooling = Pooling::max;
  if (!section.has("shuffle")) cv.shuffle.reset();
}

void complete(YamlSection& section, ModelSpec& model) {
  if (!section.has("label")) model.label = model.name;
  if (!section.has("features") && traits_of(model.name).takes_spectrograms)
    model.features = {{to_string(FeatureSet::fbank)}};
  model.controls.erase(std::unique(model.controls.begin(), model.controls.end()), model.controls.end());
}

bool takes_built_in_set(const ModelSpec& model) {
  return std::ranges::any_of(model.features.sets,
                             [](const std::string& set) { return built_in_set(set).has_value(); });
}

// Models that look at no features follow the others: nothing is made from audio for their sake alone.
void complete(YamlSection& section, Experiment& experiment) {
  const auto uses_features = [](const ModelSpec& model) { return traits_of(model.name).uses_features; };
  const Source& data = experiment.data;
  const bool has_audio = data.from_table() || !data.audio.empty();
  const bool none_is_made = std::ranges::any_of(experiment.models, uses_features) &&
                            std::ranges::none_of(experiment.models, [&](const ModelSpec& model) {
                              return uses_features(model) && takes_built_in_set(model);
                            });
  if (has_audio && !none_is_made) return;
  std::vector<YamlSection> entries = section.sections("models");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    ModelSpec& model = experiment.models[i];
    if (!uses_features(model) && !entries[i].has("features")) model.features = {};
  }
}

template <class Settings>
void read_settings(YamlSection section, Settings& settings) {
  Reader reader(section);
  visit(reader, settings);
  complete(section, settings);
  if (const std::optional<Conflict> found = conflict(settings)) {
    const YamlSection place = found->model ? section.sections("models")[*found->model] : section;
    place.fail(found->key, found->problem, found->advice);
  }
  section.finish();
}

// Of the sets that a model takes with those that the study has.
std::optional<Conflict> conflict_of_sets(const Experiment& experiment, std::size_t index) {
  const ModelSpec& model = experiment.models[index];
  std::vector<std::string> known = word_texts<FeatureSet>();
  for (const auto& [name, set] : experiment.features.sets) known.push_back(name);
  for (const std::string& set : model.features.sets) {
    if (std::ranges::find(known, set) == known.end())
      return Conflict{"features", "the study has no feature set '" + set + "'", suggestion(set, known),
                      index};
    if (!audio_set(experiment.features, set)) continue;
    if (experiment.data.from_table() && set != to_string(FeatureSet::ehc)) {
      return Conflict{"features", "a study from data.table has no audio for " + set + " features",
                      "use features: ehc", index};
    }
    if (!experiment.data.from_table() && experiment.data.audio.empty()) {
      return Conflict{
          "features",
          "model '" + model.label + "' takes " + set + " features, and the study has no data.audio",
          "set data.audio, or name a set of features.sets", index};
    }
  }
  return std::nullopt;
}

std::optional<Conflict> conflict_of_models(const Experiment& experiment) {
  std::set<std::string> labels;
  for (std::size_t i = 0; i < experiment.models.size(); ++i) {
    const ModelSpec& model = experiment.models[i];
    if (!labels.insert(nfc(model.label)).second) {
      return Conflict{"name", "two models are called '" + model.label + "'",
                      "give one of them another label: ...", i};
    }
    if (auto found = conflict_of_sets(experiment, i)) return found;
  }
  if (!experiment.models.empty()) return std::nullopt;
  return Conflict{"models", "no model is given", "add models: [{name: svr}]"};
}

}  // namespace

std::optional<Conflict> conflict(const Experiment& experiment) {
  if (is_plain_name(experiment.name)) return conflict_of_models(experiment);
  return Conflict{"name", "'" + experiment.name + "' cannot name a run directory",
                  "use letters, digits, '_', '-' and '.'"};
}

Experiment load_experiment(const fs::path& file, const std::vector<std::string>& overrides) {
  const YamlDocument document(file, overrides);
  Experiment experiment;
  experiment.name = file.stem().string();
  experiment.features.store = (document.base_directory("") / experiment.features.store).lexically_normal();
  read_settings(YamlSection(document, document.root(), "", ""), experiment);
  return experiment;
}

}  // namespace musicmem::config
