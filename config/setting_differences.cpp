// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/setting_differences.h"

#include "config/error.h"
#include "config/yaml_section.h"

#include <algorithm>
#include <optional>

namespace musicmem::config {
namespace {

struct Setting {
  std::string path;
  std::string value;
  std::string entry;  // path of the model that it belongs to, if any
};
using Settings = std::vector<Setting>;

std::string flow_text(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  YAML::Emitter emitter;
  emitter << YAML::Flow << node;
  return emitter.c_str();
}

void flatten(const YAML::Node& node, const std::string& path, const std::string& entry, Settings& settings) {
  const std::string before = path.empty() ? "" : path + ".";
  if (node.IsMap()) {
    for (const auto& field : node)
      flatten(field.second, before + field.first.as<std::string>(), entry, settings);
  } else if (node.IsSequence() && node.size() > 0 && !label_of(node[0]).empty()) {
    for (const auto& model : node)
      flatten(model, before + label_of(model), before + label_of(model), settings);
  } else {
    settings.push_back({path, flow_text(node), entry});
  }
}

Settings read_settings(const std::string& text) {
  try {
    Settings settings;
    flatten(YAML::Load(text), "", "", settings);
    return settings;
  } catch (const YAML::Exception& error) {
    throw Error(std::string("is not YAML: ") + error.what(), "settings");
  }
}

const Setting* find(const Settings& settings, std::string Setting::*field, const std::string& text) {
  const auto found = std::find_if(settings.begin(), settings.end(),
                                  [&](const Setting& setting) { return setting.*field == text; });
  return found == settings.end() ? nullptr : &*found;
}

// The setting as `other` has it, or the model that `other` lacks altogether; nothing where they agree.
std::optional<SettingDifference> difference(const Setting& setting, const Settings& other) {
  if (!setting.entry.empty() && find(other, &Setting::entry, setting.entry) == nullptr) {
    return SettingDifference{setting.entry, "given", ""};
  }
  const Setting* const there = find(other, &Setting::path, setting.path);
  if (there != nullptr && there->value == setting.value) return std::nullopt;
  return SettingDifference{setting.path, setting.value, there == nullptr ? "" : there->value};
}

}  // namespace

std::vector<SettingDifference> setting_differences(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return {};
  const Settings of_a = read_settings(a);
  const Settings of_b = read_settings(b);
  std::vector<SettingDifference> differences;
  const auto add = [&](const SettingDifference& d) {
    if (std::find(differences.begin(), differences.end(), d) == differences.end()) differences.push_back(d);
  };
  for (const Setting& setting : of_a) {
    if (const auto found = difference(setting, of_b)) add(*found);
  }
  for (const Setting& setting : of_b) {
    const auto found = difference(setting, of_a);
    if (found && found->b.empty()) add({found->path, "", found->a});
  }
  return differences;
}

}  // namespace musicmem::config
