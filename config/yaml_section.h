// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

namespace musicmem::config {

// What an entry of a list is called: its label, or its name where it has none; empty for other entries.
std::string label_of(const YAML::Node& entry);

// A parsed YAML file with the command line's overrides laid over it. Knows where each value came from.
class YamlDocument {
 public:
  // An override names an entry of a list by its index or its label ("models.svr.C=10"). Throws Error with
  // file:line for a syntax error, and of kind usage for an override without a key or of an entry that is not
  // there.
  YamlDocument(const std::filesystem::path& file, const std::vector<std::string>& overrides);

  const YAML::Node& root() const { return root_; }
  // True where `path` ("a.b.0.c", list entries by index) was given on the command line, itself or inside an
  // overridden value.
  bool is_override(const std::string& path) const;
  // "file:line", or "override 'path'".
  std::string place(const std::string& path, const YAML::Mark& mark) const;
  // Paths of the file are relative to its directory, those of an override to the working directory.
  std::filesystem::path base_directory(const std::string& path) const;

 private:
  void apply(const std::string& override_text);

  std::filesystem::path file_;
  YAML::Node root_;
  std::map<std::string, std::string> overridden_;  // path with list entries by index -> path as it was given
};

// One mapping of the document. Each read() names a known key; finish() rejects every key that was never read.
class YamlSection {
 public:
  // `path` has the entries of lists by index; messages call them by their labels, as `name` does.
  YamlSection(const YamlDocument& document, YAML::Node node, std::string path, std::string name);

  bool has(const std::string& key);
  // The mapping under `key`; an absent one is empty.
  YamlSection section(const std::string& key);
  // The mappings of the list under `key`.
  std::vector<YamlSection> sections(const std::string& key);

  // Each leaves `value` alone where the key is absent, and throws Error with place, key and what was
  // expected.
  void read(const std::string& key, std::string& value);
  void read(const std::string& key, bool& value);
  void read(const std::string& key, int& value, int least, int most);
  void read(const std::string& key, double& value, double least, double most);
  void read(const std::string& key, std::vector<int>& values, int least, int most);
  void read(const std::string& key, std::vector<std::uint64_t>& values);
  void read(const std::string& key, std::vector<std::string>& values);
  void read(const std::string& key, std::optional<std::uint64_t>& value);  // null or none for empty
  void read_path(const std::string& key, std::filesystem::path& value);    // absolute and normal
  // A number, or empty for the word that stands for "choose for me" ("auto", "scale").
  void read_or_word(const std::string& key, const std::string& word, std::optional<double>& value,
                    double least, double most);
  void read_or_word(const std::string& key, const std::string& word, std::optional<int>& value, int least,
                    int most);

  // Of the mapping, in its order.
  std::vector<std::string> keys() const;

  // The value as YAML's flow style has it: "none", "[3, -1]"; "" where the key is absent.
  std::string flow_text(const std::string& key);

  // Throws Error at `key`'s place (the section's own where the key is absent).
  [[noreturn]] void fail(const std::string& key, const std::string& problem,
                         const std::string& advice = "") const;
  // Throws for the first key of the mapping that nothing has asked for.
  void finish() const;

 private:
  YAML::Node find(const std::string& key);
  std::string path_of(const std::string& key) const;
  std::string name_of(const std::string& key) const;
  std::string scalar(const std::string& key, const YAML::Node& node, const std::string& expected) const;
  std::vector<YAML::Node> list(const std::string& key, const YAML::Node& node,
                               const std::string& expected) const;

  const YamlDocument* document_;
  YAML::Node node_;
  std::string path_;
  std::string name_;
  std::vector<std::string> known_;
};

}  // namespace musicmem::config
