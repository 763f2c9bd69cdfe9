// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/experiment.h"
#include "config/fit_settings.h"
#include "config/settings/setting_text.h"
#include "config/settings/weighing_visitor.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include <yaml-cpp/yaml.h>

namespace musicmem::config {
namespace {

namespace fs = std::filesystem;

bool is_off(bool value, const Anything&) {
  return !value;
}
template <class T>
bool is_off(const std::vector<T>& values, const auto&) {
  return values.empty();
}
bool is_off(const fs::path&, const auto&) {
  return false;
}
template <class T, class Domain>
bool is_off(const T& value, const Domain& domain) {
  return value_text(value, domain) == "none";
}

// A visitor that knows the path of the setting before it: a model's is below its number.
template <class Self>
class PathVisitor : public WeighingVisitor<Self> {
 public:
  template <class Settings>
  void section(const char* key, const Settings& settings) {
    below(key, [&] { visit(self(), settings); });
  }
  template <class Settings>
  void named(const char* key, const std::map<std::string, Settings>& entries) {
    below(key, [&] {
      for (const auto& [name, settings] : entries) self().section(name.c_str(), settings);
    });
  }
  void models(const char* key, const std::vector<ModelSpec>& models) {
    below(key, [&] {
      for (std::size_t m = 0; m < models.size(); ++m)
        below(std::to_string(m).c_str(), [&] { visit(self(), models[m]); });
    });
  }

 protected:
  void below(const char* key, const auto& fill) {
    const std::string before = path_;
    path_.append(key).append(".");
    fill();
    path_ = before;
  }
  const std::string& path() const { return path_; }  // of the mapping, with a dot at its end

 private:
  Self& self() { return static_cast<Self&>(*this); }

  std::string path_;
};

// Paths of the settings that are off.
class OffSettings : public PathVisitor<OffSettings> {
 public:
  template <class T, class Domain>
  void setting(const Setting& about, const T& value, const Domain& domain) {
    if (is_off(value, domain)) paths_.insert(path() + about.key);
  }
  const std::set<std::string>& paths() const { return paths_; }

 private:
  std::set<std::string> paths_;
};

std::set<std::string> off_in(const Experiment& experiment) {
  OffSettings off;
  visit(off, experiment);
  return off.paths();
}

// Those of the experiment that are off there and by default.
std::set<std::string> off_and_by_default(const Experiment& experiment) {
  Experiment plain;
  plain.models.clear();
  for (const ModelSpec& model : experiment.models) plain.models.emplace_back().name = model.name;
  for (const auto& [name, set] : experiment.features.sets) {
    FeatureSource& source = plain.features.sets[name];
    (set.is_encoder() ? source.encoder : source.source) = name;
  }
  const std::set<std::string> by_default = off_in(plain);
  std::set<std::string> paths = off_in(experiment);
  std::erase_if(paths, [&](const std::string& path) { return !by_default.contains(path); });
  return paths;
}

// Writes settings under their keys; a mapping is begun by the first of its settings that is written.
class Writer : public PathVisitor<Writer> {
 public:
  using PathText = std::function<std::string(const fs::path&)>;
  using Wanted = std::function<bool(const Setting&, bool matters, const std::string& path)>;

  Writer(PathText path_text, Wanted wanted) : path_text_(std::move(path_text)), wanted_(std::move(wanted)) {
    out_ << YAML::BeginMap;
  }

  std::string finish() {
    out_ << YAML::EndMap;
    return std::string(out_.c_str()) + "\n";
  }

  template <class T, class Domain>
  void setting(const Setting& about, const T& value, const Domain& domain) {
    if (!wanted_(about, matters(), path() + about.key)) return;
    write(about.key, value, domain);
  }

  template <class Settings>
  void section(const char* key, const Settings& settings) {
    within(key, [&] { PathVisitor::section(key, settings); });
  }

  template <class Settings>
  void named(const char* key, const std::map<std::string, Settings>& entries) {
    within(key, [&] { PathVisitor::named(key, entries); });
  }

  void models(const char* key, const std::vector<ModelSpec>& models) {
    out_ << YAML::Key << key << YAML::Value << YAML::BeginSeq;
    below(key, [&] {
      for (std::size_t m = 0; m < models.size(); ++m) {
        out_ << YAML::BeginMap;
        below(std::to_string(m).c_str(), [&] { visit(*this, models[m]); });
        out_ << YAML::EndMap;
      }
    });
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

std::string results_yaml_without(const Experiment& experiment, const std::set<std::string>& left_out) {
  const bool has_spectrograms = std::ranges::any_of(experiment.models, takes_spectrograms);
  const auto name_of = [](const fs::path& path) {
    return (path.has_filename() ? path : path.parent_path()).filename().generic_string();
  };
  Writer writer(name_of, [&](const Setting& about, bool matters, const std::string& path) {
    return matters && about.effect != Effect::nothing &&
           (has_spectrograms || about.effect != Effect::spectrogram_fits) && !left_out.contains(path);
  });
  visit(writer, experiment);
  return writer.finish();
}

}  // namespace

std::string to_yaml(const Experiment& experiment, const fs::path& directory) {
  const auto spelled = [&](const fs::path& path) {
    return (directory.empty() ? path : fs::proximate(path, directory)).generic_string();
  };
  Writer writer(spelled, [](const Setting&, bool, const std::string&) { return true; });
  visit(writer, experiment);
  return writer.finish();
}

std::string results_yaml(const Experiment& experiment) {
  return results_yaml_without(experiment, {});
}

std::string listed_yaml(const Experiment& experiment) {
  return results_yaml_without(experiment, off_and_by_default(experiment));
}

}  // namespace musicmem::config
