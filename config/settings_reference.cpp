// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings_reference.h"

#include "config/error.h"
#include "config/experiment.h"
#include "config/nearest.h"
#include "config/settings/setting_text.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include <fmt/ranges.h>

namespace musicmem::config {
namespace {

namespace fs = std::filesystem;

constexpr const char* any_model = "LABEL";
constexpr const char* any_name = "NAME";

std::string plural_text(const Between<int>& range) {
  return between_text("whole numbers", range.least, range.most);
}

// What a setting may be, by its type.
std::string range_text(const std::string&, const Anything&) {
  return "a text";
}
std::string range_text(const std::string&, const OneOf& domain) {
  return fmt::format("{}", fmt::join(domain.words, " | "));
}
std::string range_text(bool, const Anything&) {
  return "true | false";
}
template <class Number>
std::string range_text(Number, const Between<Number>& range) {
  return range.least == range.most ? value_text(range.least, range) : text_of(range);
}
template <class Number>
std::string range_text(const std::optional<Number>&, const WordOr<Number>& domain) {
  return text_of(domain);
}
template <HasWords Enum>
std::string range_text(Enum, const Anything&) {
  return fmt::format("{}", fmt::join(word_texts<Enum>(), " | "));
}
template <Spelled T>
std::string range_text(const T&, const Anything&) {
  return T::range;
}
std::string range_text(const fs::path&, const Anything&) {
  return "a path";
}
std::string range_text(const fs::path&, const WordOrPath& domain) {
  return domain.word + std::string(" or a path");
}
std::string range_text(const std::vector<int>&, const Between<int>& range) {
  return "a list of " + plural_text(range);
}
std::string range_text(const std::vector<std::uint64_t>&, const Anything&) {
  return "a list of whole numbers";
}
std::string range_text(const std::vector<std::string>&, const Anything&) {
  return "a list of words";
}
std::string range_text(const std::vector<std::string>&, const OneOf& domain) {
  return fmt::format("a list of {}", fmt::join(domain.words, " | "));
}
template <HasWords Enum>
std::string range_text(const std::vector<Enum>&, const Anything&) {
  return fmt::format("a list of {}", fmt::join(word_texts<Enum>(), " | "));
}

template <class T, class Domain>
std::string initial_text(const T& value, const Domain& domain) {
  return value_text(value, domain);
}
std::string initial_text(const fs::path& value, const Anything&) {
  return value.generic_string();
}
std::string initial_text(const fs::path& value, const WordOrPath& domain) {
  return value.empty() ? domain.word : value.generic_string();
}

// Walks a study of defaults through every setting, whatever it is known under.
class Lister : public SettingVisitor<Lister> {
 public:
  std::vector<SettingEntry> entries;

  template <class T, class Domain>
  void setting(const Setting& about, const T& value, const Domain& domain) {
    entries.push_back({path_ + about.key, fmt::format("{}", fmt::join(conditions_, " and ")), about.meaning,
                       range_text(value, domain), initial_text(value, domain), about.effect});
  }

  template <class Settings>
  void section(const char* key, const Settings& settings) {
    within(path_ + key + ".", settings);
  }
  template <class Settings>
  void named(const char* key, const std::map<std::string, Settings>&) {
    within(path_ + key + "." + any_name + ".", Settings());
  }
  void models(const char* key, const std::vector<ModelSpec>&) {
    within(std::string(key) + "." + any_model + ".", ModelSpec());
  }
  template <class Settings>
  void kind(const char* name, bool, const Settings& settings) {
    within(std::string("models.") + name + ".", settings);
  }
  template <class Fields>
  void only_if(bool, const char* condition, Fields fields) {
    conditions_.emplace_back(condition);
    fields();
    conditions_.pop_back();
  }
  template <class Fields>
  void matters_if(bool, const char* condition, Fields fields) {
    only_if(true, condition, fields);
  }

 private:
  template <class Settings>
  void within(const std::string& path, const Settings& settings) {
    const std::string before = path_;
    path_ = path;
    visit(*this, settings);
    path_ = before;
  }

  std::string path_;  // of the mapping, with a dot at its end
  std::vector<std::string> conditions_;
};

std::vector<SettingEntry> list_settings() {
  Lister lister;
  const Experiment defaults;
  visit(lister, defaults);
  return lister.entries;
}

// "models.net.C" as "models.LABEL.C", where the entry is of any kind or called otherwise.
std::string with_any_label(const std::string& path) {
  const std::string models = "models.";
  if (!path.starts_with(models)) return path;
  const std::size_t end = path.find('.', models.size());
  return end == std::string::npos ? path : models + any_model + path.substr(end);
}

// "features.sets.mert.layer" as "features.sets.NAME.layer".
std::string with_any_name(const std::string& path) {
  const std::string sets = "features.sets.";
  if (!path.starts_with(sets)) return path;
  const std::size_t end = path.find('.', sets.size());
  return sets + any_name + (end == std::string::npos ? "" : path.substr(end));
}

std::vector<SettingEntry> matching(const auto& holds) {
  std::vector<SettingEntry> found;
  std::ranges::copy_if(all_settings(), std::back_inserter(found), holds);
  return found;
}

[[noreturn]] void throw_unknown(const std::string& key) {
  std::set<std::string> known;
  for (const SettingEntry& entry : all_settings()) {
    for (std::size_t start = 0; start != std::string::npos;) {
      known.insert(entry.path.substr(start));
      known.insert(entry.path.substr(0, start == 0 ? start : start - 1));
      const std::size_t dot = entry.path.find('.', start);
      start = dot == std::string::npos ? dot : dot + 1;
    }
  }
  known.erase("");
  const std::string nearest = nearest_word(key, {known.begin(), known.end()});
  throw usage_error(
      "unknown setting '" + key + "'", "",
      nearest.empty() ? "`musicmem settings` lists them all" : "did you mean '" + nearest + "'?");
}

std::string section_of(const SettingEntry& entry) {
  const std::size_t dot = entry.path.rfind('.');
  return dot == std::string::npos ? "" : entry.path.substr(0, dot);
}

std::string markdown_cell(const std::string& text) {
  std::string escaped;
  for (const char c : text) escaped.append(c == '|' || c == '<' ? "\\" : "").push_back(c);
  return escaped;
}

}  // namespace

const std::vector<SettingEntry>& all_settings() {
  static const std::vector<SettingEntry> settings = list_settings();
  return settings;
}

std::vector<SettingEntry> find_settings(const std::string& key) {
  const auto named = [](const std::string& path) {
    return matching(
        [&](const SettingEntry& entry) { return entry.path == path || entry.path.starts_with(path + "."); });
  };
  std::vector<SettingEntry> found = named(key);
  if (found.empty()) found = named(with_any_label(with_any_name(key)));
  if (found.empty() && key.starts_with("models.")) {
    const std::string any = with_any_label(key);
    found = matching([&](const SettingEntry& entry) { return with_any_label(entry.path) == any; });
  }
  if (found.empty()) {
    found = matching([&](const SettingEntry& entry) { return ("." + entry.path).ends_with("." + key); });
  }
  if (found.empty()) throw_unknown(key);
  return found;
}

std::string effect_text(Effect effect) {
  switch (effect) {
    case Effect::fits:
    case Effect::fits_unless_default:
      return "yes";
    case Effect::spectrogram_fits:
      return "yes, of ssast";
    case Effect::input:
      return "yes, through what fits read";
    case Effect::study:
      return "no fit: which fits there are, and the report";
    case Effect::nothing:
      break;
  }
  return "no";
}

std::string settings_markdown() {
  std::string text =
      "<!-- Written by `musicmem settings --markdown > docs/settings.md` from config/settings; a test of\n"
      "config says when it is no longer current. -->\n"
      "# Settings\n\n"
      "Every setting of a study's file, by the path that an override names (`cross_validation.folds=5`,\n"
      "`models.svr.C=10`): what it means, what it may be, its default, and whether results follow from it.\n"
      "A setting that fits follow from is part of their identity: another value makes them anew. An entry "
      "of\n"
      "`models` is named by its label, here by its kind; LABEL stands for any kind, NAME for a name that the study gives.\n"
      "`musicmem settings KEY` says the same of one setting or section.\n";
  std::string section = "none";
  for (const SettingEntry& entry : all_settings()) {
    if (section_of(entry) != section) {
      section = section_of(entry);
      text +=
          "\n## " + (section.empty() ? "study" : section) +
          "\n\n| setting | meaning | may be | default | results follow |\n| --- | --- | --- | --- | --- |\n";
    }
    const std::string key = section.empty() ? entry.path : entry.path.substr(section.size() + 1);
    const std::string condition = entry.condition.empty() ? "" : " (with " + entry.condition + ")";
    text += "| `" + key + "` | " + markdown_cell(entry.meaning + condition) + " | " +
            markdown_cell(entry.range) + " | " + markdown_cell(entry.initial) + " | " +
            effect_text(entry.effect) + " |\n";
  }
  return text;
}

}  // namespace musicmem::config
