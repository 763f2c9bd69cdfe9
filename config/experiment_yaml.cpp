// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/experiment.h"
#include "config/fit_settings.h"
#include "config/settings/setting_text.h"
#include "config/settings/weighing_visitor.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include <yaml-cpp/yaml.h>

namespace musicmem::config {
namespace {

namespace fs = std::filesystem;

// Writes settings under their keys; a mapping is begun by the first of its settings that is written.
class Writer : public WeighingVisitor<Writer> {
 public:
  using PathText = std::function<std::string(const fs::path&)>;
  using Wanted = std::function<bool(const Setting&, bool matters)>;

  Writer(PathText path_text, Wanted wanted) : path_text_(std::move(path_text)), wanted_(std::move(wanted)) {
    out_ << YAML::BeginMap;
  }

  std::string finish() {
    out_ << YAML::EndMap;
    return std::string(out_.c_str()) + "\n";
  }

  template <class T, class Domain>
  void setting(const Setting& about, const T& value, const Domain& domain) {
    if (!wanted_(about, matters())) return;
    write(about.key, value, domain);
  }

  template <class Settings>
  void section(const char* key, const Settings& settings) {
    within(key, [&] { visit(*this, settings); });
  }

  template <class Settings>
  void named(const char* key, const std::map<std::string, Settings>& entries) {
    within(key, [&] {
      for (const auto& [name, settings] : entries) section(name.c_str(), settings);
    });
  }

  void models(const char* key, const std::vector<ModelSpec>& models) {
    out_ << YAML::Key << key << YAML::Value << YAML::BeginSeq;
    for (const ModelSpec& model : models) {
      out_ << YAML::BeginMap;
      visit(*this, model);
      out_ << YAML::EndMap;
    }
    out_ << YAML::EndSeq;
  }

 private:
  void within(const char* key, const auto& fill) {
    pending_.push_back(key);
    fill();
    if (pending_.empty()) {
      out_ << YAML::EndMap;
    } else {
      pending_.pop_back();
    }
  }

  YAML::Emitter& key(const char* name) {
    for (const char* mapping : pending_) out_ << YAML::Key << mapping << YAML::Value << YAML::BeginMap;
    pending_.clear();
    return out_ << YAML::Key << name << YAML::Value;
  }

  template <class T, class Domain>
  void write(const char* name, const T& value, const Domain& domain) {
    key(name) << value_text(value, domain);
  }
  void write(const char* name, bool value, const Anything&) { key(name) << value; }
  template <class T, class Domain>
  void write(const char* name, const std::vector<T>& values, const Domain& domain) {
    key(name) << YAML::Flow << item_texts(values, domain);
  }
  void write(const char* name, const fs::path& value, const Anything&) {
    if (!value.empty()) key(name) << path_text_(value);
  }
  void write(const char* name, const fs::path& value, const WordOrPath& domain) {
    key(name) << (value.empty() ? domain.word : path_text_(value));
  }

  PathText path_text_;
  Wanted wanted_;
  YAML::Emitter out_;
  std::vector<const char*> pending_;  // mappings that nothing is written in yet
};

}  // namespace

std::string to_yaml(const Experiment& experiment, const fs::path& directory) {
  Writer writer([&](const fs::path& path) { return fs::proximate(path, directory).generic_string(); },
                [](const Setting&, bool) { return true; });
  visit(writer, experiment);
  return writer.finish();
}

std::string results_yaml(const Experiment& experiment) {
  const bool has_spectrograms = std::ranges::any_of(experiment.models, takes_spectrograms);
  const auto name_of = [](const fs::path& path) {
    return (path.has_filename() ? path : path.parent_path()).filename().generic_string();
  };
  Writer writer(name_of, [&](const Setting& about, bool matters) {
    return matters && about.effect != Effect::nothing &&
           (has_spectrograms || about.effect != Effect::spectrogram_fits);
  });
  visit(writer, experiment);
  return writer.finish();
}

}  // namespace musicmem::config
