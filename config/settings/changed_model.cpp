// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/changed_model.h"

#include "config/error.h"
#include "config/exact_text.h"
#include "config/nearest.h"
#include "config/parse_number.h"
#include "config/settings/model.h"
#include "config/settings/setting_text.h"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <utility>

namespace musicmem::config {
namespace {

// Numbers and words: what one value of a list can stand for.
template <class T, class Domain>
concept HasOneValue = HasWords<T> || std::same_as<T, bool> || std::same_as<T, ComponentChoice> ||
    std::same_as<Domain, Between<T>> || requires(T value, Domain domain) {
  domain.range;
  value.reset();
};

[[noreturn]] void refuse(const std::string& value, const std::string& expected) {
  throw Error("'" + value + "' is not " + expected);
}

template <class Number>
void assign(Number& setting, const Between<Number>& range, const std::string& value) {
  const auto number = parse_between<Number>(value, range.least, range.most);
  if (!number) refuse(value, text_of(range));
  setting = *number;
}
template <class Number>
void assign(std::optional<Number>& setting, const WordOr<Number>& domain, const std::string& value) {
  setting.reset();
  if (value == domain.word) return;
  setting = parse_between<Number>(value, domain.range.least, domain.range.most);
  if (!setting) refuse(value, text_of(domain));
}
void assign(bool& setting, const Anything&, const std::string& value) {
  if (value != "true" && value != "false") refuse(value, "true or false");
  setting = value == "true";
}
template <HasWords Enum>
void assign(Enum& setting, const Anything&, const std::string& value) {
  const auto known = from_word<Enum>(value);
  if (!known)
    throw Error("'" + value + "' is not one of its words", "", suggestion(value, word_texts<Enum>()));
  setting = *known;
}
template <Spelled T>
void assign(T& setting, const Anything&, const std::string& value) {
  setting = T::parse(value);
}

// Calls `use(about, value, domain)` for every setting that a search may change.
template <class Use>
class Searchable : public SettingVisitor<Searchable<Use>> {
 public:
  explicit Searchable(Use use) : use_(std::move(use)) {}

  template <class T, class Domain>
  void setting(const Setting& about, T& value, const Domain& domain) {
    using Value = std::remove_const_t<T>;
    constexpr bool is_of_fits = HasOneValue<Value, Domain>;
    const bool changes_fits = about.effect == Effect::fits || about.effect == Effect::fits_unless_default;
    if constexpr (is_of_fits) {
      if (changes_fits) use_(about, value, domain);
    }
  }

 private:
  Use use_;
};

template <class Model, class Use>
void for_each_searchable(Model& model, Use use) {
  Searchable<Use> visitor(std::move(use));
  visit(visitor, model);
}

std::optional<Conflict> conflict_of_value(const ModelSpec& model, const std::string& key,
                                          const std::string& value) {
  try {
    ModelSpec changed = changed_model(model, key, value);
    changed.search = {};
    if (changed.ssast.input != model.ssast.input)
      return Conflict{"search", "'" + key + "' changes what the model learns from",
                      "give each " + key + " an entry of models of its own"};
    std::optional<Conflict> found = conflict(changed);
    if (found) found->key = "search";
    return found;
  } catch (const Error& error) {
    return Conflict{"search", "'" + key + "' of search: " + error.problem(), error.advice()};
  }
}

std::optional<Conflict> conflict_of_setting(const ModelSpec& model, const SearchedSetting& setting) {
  const std::vector<std::string> known = searchable_settings(model);
  if (setting.key == "features" || setting.key == "variants")
    return Conflict{"search", "'" + setting.key + "' changes what the model learns from",
                    "give each its own entry of models"};
  if (std::ranges::find(known, setting.key) == known.end())
    return Conflict{"search", model.name + " has no setting '" + setting.key + "' that is a number or a word",
                    suggestion(setting.key, known)};
  for (const std::string& value : setting.values) {
    if (auto found = conflict_of_value(model, setting.key, value)) return found;
  }
  if (!setting.is_range()) return std::nullopt;
  const bool is_whole = takes_whole_numbers(model, setting.key);
  for (const double end : {setting.low, setting.high}) {
    const std::string text = exact_text(is_whole ? std::round(end) : end);
    if (auto found = conflict_of_value(model, setting.key, text)) return found;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> searchable_settings(const ModelSpec& model) {
  std::vector<std::string> keys;
  for_each_searchable(model,
                      [&](const Setting& about, const auto&, const auto&) { keys.emplace_back(about.key); });
  return keys;
}

bool takes_whole_numbers(const ModelSpec& model, const std::string& key) {
  bool is_whole = false;
  for_each_searchable(model, [&](const Setting& about, const auto& value, const auto&) {
    using Value = std::remove_cvref_t<decltype(value)>;
    if (about.key == key) is_whole = std::same_as<Value, int> || std::same_as<Value, std::optional<int>>;
  });
  return is_whole;
}

ModelSpec changed_model(const ModelSpec& model, const std::string& key, const std::string& value) {
  ModelSpec changed = model;
  for_each_searchable(changed, [&](const Setting& about, auto& setting, const auto& domain) {
    if (about.key == key) assign(setting, domain, value);
  });
  return changed;
}

std::optional<Conflict> conflict_of_search(const ModelSpec& model) {
  constexpr double most_candidates = 100000.0;
  double candidates = 1.0;
  for (const SearchedSetting& setting : model.search.settings) {
    if (auto found = conflict_of_setting(model, setting)) return found;
    candidates *= static_cast<double>(std::max<std::size_t>(setting.values.size(), 1));
  }
  if (model.search.draws > 0 || candidates <= most_candidates) return std::nullopt;
  return Conflict{"search", "search has " + exact_text(candidates) + " combinations", "draw some of them"};
}

}  // namespace musicmem::config
