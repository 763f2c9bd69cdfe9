// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/experiment.h"

#include "config/error.h"
#include "config/model_traits.h"
#include "config/nearest.h"
#include "config/plain_name.h"
#include "config/settings/setting_text.h"
#include "config/yaml_section.h"

#include <algorithm>
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
    for (const auto& known : words(Enum{})) {
      if (known.text == text) return known.value;
    }
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
    model.features = FeatureSet::fbank;
  model.controls.erase(std::unique(model.controls.begin(), model.controls.end()), model.controls.end());
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

std::optional<Conflict> conflict_of_models(const Experiment& experiment) {
  std::set<std::string> labels;
  for (std::size_t i = 0; i < experiment.models.size(); ++i) {
    const ModelSpec& model = experiment.models[i];
    if (!labels.insert(model.label).second) {
      return Conflict{"name", "two models are called '" + model.label + "'",
                      "give one of them another label: ...", i};
    }
    if (experiment.data.from_table() && model.features != FeatureSet::ehc) {
      return Conflict{"features",
                      "a study from data.table has no audio for " + to_string(model.features) + " features",
                      "use features: ehc", i};
    }
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
  read_settings(YamlSection(document, document.root(), ""), experiment);
  return experiment;
}

}  // namespace musicmem::config
