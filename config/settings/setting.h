// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/words.h"

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

// How a setting is declared: once, in the `visit` beside its struct. The reader and the writer of YAML, the
// identity of a fit, event files, reports, `musicmem settings` and docs/settings.md are visitors of it.
namespace musicmem::config {

// What follows from a setting.
enum class Effect {
  fits,                 // every fit that it belongs to, a model's or all: it is part of their identity
  fits_unless_default,  // the same, but its default leaves the identity that fits had before there was it
  spectrogram_fits,     // as fits, of models that take spectrograms
  input,                // what fits read: the identity of features and fits holds that by its content
  study,                // which fits there are, and what the report says of them
  nothing               // no result: it says where things are kept, or how the work is done
};

struct Setting {
  const char* key;  // as it is typed in YAML
  Effect effect;
  const char* meaning;
};

// What a setting may be, where its type does not say it.
struct Anything {};
template <class Number>
struct Between {  // from `least` to `most`
  Number least;
  Number most;
};
template <class Number>
struct WordOr {  // a word that stands for no value, or a number
  const char* word;
  Between<Number> range;
};
struct WordOrPath {  // a word that stands for no file
  const char* word;
};
struct OneOf {  // of these words, or a list of them
  std::vector<std::string> words;
};

template <class Number>
Between<Number> between(Number least, Number most) {
  return {least, most};
}
inline constexpr int many = 1000000;  // more than anybody has of anything that is counted

// A struct of settings, to be read or to be changed: `template <class V, SettingsOf<SvrSettings> S> void
// visit(V& v, S& svr)` is one visit for both.
template <class S, class Settings>
concept SettingsOf = std::is_same_v<std::remove_const_t<S>, Settings>;

// What visitors share. Self has
//   template <class T, class Domain> void setting(const Setting& about, T& value, const Domain& domain);
// and may hide any of the others.
template <class Self>
class SettingVisitor {
 public:
  template <class T>
  void operator()(const char* key, T& value, Effect effect, const char* meaning) {
    self().setting(Setting{key, effect, meaning}, value, Anything{});
  }
  template <class T, class Domain>
  void operator()(const char* key, T& value, Effect effect, const Domain& domain, const char* meaning) {
    self().setting(Setting{key, effect, meaning}, value, domain);
  }
  // A mapping within the mapping.
  template <class Settings>
  void section(const char*, Settings& settings) {
    visit(self(), settings);
  }
  // The settings of one kind of model, which stand among those that every model has.
  template <class Settings>
  void kind(const char*, bool is_chosen, Settings& settings) {
    if (is_chosen) visit(self(), settings);
  }
  // A list of models, each a mapping.
  template <class Models>
  void models(const char*, Models& models) {
    for (auto& model : models) visit(self(), model);
  }
  // A mapping of names that the user gives to mappings.
  template <class Named>
  void named(const char*, Named& entries) {
    for (auto& [name, settings] : entries) visit(self(), settings);
  }
  // Settings that are known only where `holds`; `condition` says when that is.
  template <class Fields>
  void only_if(bool holds, const char*, Fields fields) {
    if (holds) fields();
  }
  // Settings that may always be given and that nothing follows from unless `holds`.
  template <class Fields>
  void matters_if(bool, const char*, Fields fields) {
    fields();
  }

 private:
  Self& self() { return static_cast<Self&>(*this); }
};

// Settings that contradict each other, found when all of a struct are known.
struct Conflict {
  std::string key;  // that the error points at
  std::string problem;
  std::string advice;
  std::optional<std::size_t> model = std::nullopt;  // whose key it is, if a model's
};

// For structs whose settings go with each other whatever they are.
template <class Settings>
std::optional<Conflict> conflict(const Settings&) {
  return std::nullopt;
}

}  // namespace musicmem::config
