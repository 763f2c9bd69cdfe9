// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/yaml_section.h"

#include "config/io_error.h"
#include "config/nearest.h"
#include "config/parse_number.h"
#include "config/settings/setting_text.h"
#include "config/unicode.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <set>
#include <span>

namespace musicmem::config {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> keys;
  std::size_t start = 0;
  for (;;) {
    const std::size_t dot = path.find('.', start);
    keys.push_back(path.substr(start, dot - start));
    if (dot == std::string::npos) return keys;
    start = dot + 1;
  }
}

struct ListEntry {
  std::size_t index = 0;
  std::size_t keys = 1;  // of the path that name it: a label may hold dots
};

// The entry of `list` that the first of `keys` names, by its index or its label.
std::optional<ListEntry> find_entry(const YAML::Node& list, std::span<const std::string> keys) {
  if (const auto index = parse_number<std::size_t>(keys.front()); index && *index < list.size())
    return ListEntry{*index};
  std::string label;
  for (std::size_t taken = 1; taken <= keys.size(); ++taken) {
    label += (taken == 1 ? "" : ".") + keys[taken - 1];
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (nfc(label_of(list[i])) == nfc(label)) return ListEntry{i, taken};
    }
  }
  return std::nullopt;
}

[[noreturn]] void throw_unknown_entry(const YAML::Node& list, const std::string& key,
                                      const std::string& where) {
  std::vector<std::string> labels;
  for (const YAML::Node& entry : list) {
    if (const std::string label = label_of(entry); !label.empty()) labels.push_back(label);
  }
  const bool is_index = key.find_first_not_of("0123456789") == std::string::npos;
  if (!labels.empty() && !is_index) {
    throw usage_error("no entry of that list is called '" + key + "'", where, suggestion(key, labels));
  }
  throw usage_error("'" + key + "' is no index of that list", where,
                    list.size() == 0 ? "the list is empty"
                                     : "its entries count from 0 to " + std::to_string(list.size() - 1));
}

YAML::Node parse_yaml(const std::string& text, const std::string& where) {
  try {
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    const std::string line = error.mark.is_null() ? "" : ":" + std::to_string(error.mark.line + 1);
    throw Error("is not valid YAML: " + error.msg, where + line,
                "fix that line (YAML is indented with spaces, never with tabs)");
  }
}

std::string read_text(const fs::path& file) {
  std::error_code error;
  if (fs::is_directory(file, error))
    throw Error("is a directory", file.string(), "give the experiment's YAML file");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) fail_of_system("cannot be opened", file, errno);
  std::string text;
  try {
    text.assign(std::istreambuf_iterator<char>(stream), {});
  } catch (const std::ios_base::failure& failure) {
    throw IoError("cannot be read: " + failure.code().message(), file.string());
  }
  if (text.find('\0') != std::string::npos) throw Error("holds binary data, not YAML", file.string());
  return text;
}

}  // namespace

std::string label_of(const YAML::Node& entry) {
  if (!entry.IsMap()) return "";
  for (const char* key : {"label", "name"}) {
    if (entry[key] && entry[key].IsScalar()) return entry[key].Scalar();
  }
  return "";
}

YamlDocument::YamlDocument(const fs::path& file, const std::vector<std::string>& overrides)
    : file_(file), root_(parse_yaml(read_text(file), file.string())) {
  if (!root_.IsMap()) {
    throw Error("is not a mapping of keys to values", file.string(), "see config/demo.yaml for an example");
  }
  for (const std::string& text : overrides) apply(text);
}

void YamlDocument::apply(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) {
    throw usage_error("'" + text + "' is not an override", "",
                      "write key=value, such as cross_validation.folds=5");
  }
  const std::string path = text.substr(0, equals);
  const YAML::Node value = parse_yaml(text.substr(equals + 1), "override '" + path + "'");
  const std::string where = "override '" + path + "'";
  const std::vector<std::string> keys = split_path(path);
  YAML::Node node = root_;
  std::string resolved;
  for (std::size_t k = 0; k < keys.size();) {
    std::string key = keys[k];
    if (node.IsSequence()) {
      const auto entry = find_entry(node, std::span(keys).subspan(k));
      if (!entry) throw_unknown_entry(node, key, where);
      key = std::to_string(entry->index);
      k += entry->keys;
      node.reset(node[entry->index]);
    } else if (node.IsScalar()) {
      throw usage_error("'" + key + "' lies inside a plain value", where);
    } else {
      ++k;
      node.reset(node[key]);
    }
    resolved += (resolved.empty() ? "" : ".") + key;
  }
  node = value;
  overridden_.insert_or_assign(resolved, path);
}

bool YamlDocument::is_override(const std::string& path) const {
  return std::any_of(overridden_.begin(), overridden_.end(), [&](const auto& entry) {
    const std::string& given = entry.first;
    return path == given || path.starts_with(given + ".") || given.starts_with(path + ".");
  });
}

std::string YamlDocument::place(const std::string& path, const YAML::Mark& mark) const {
  for (const auto& [resolved, given] : overridden_) {
    if (path == resolved || path.starts_with(resolved + "."))
      return "override '" + given + path.substr(resolved.size()) + "'";
  }
  if (is_override(path)) return "override '" + path + "'";
  return mark.is_null() ? file_.string() : file_.string() + ":" + std::to_string(mark.line + 1);
}

fs::path YamlDocument::base_directory(const std::string& path) const {
  if (is_override(path)) return fs::current_path();
  // Where the folder is reached through a link, ".." is meant as beside the folder itself.
  const fs::path folder = fs::absolute(file_).parent_path();
  std::error_code unknown;
  const fs::path canonical = fs::canonical(folder, unknown);
  return unknown || canonical == folder.lexically_normal() ? folder : canonical;
}

YamlSection::YamlSection(const YamlDocument& document, YAML::Node node, std::string path, std::string name)
    : document_(&document), node_(std::move(node)), path_(std::move(path)), name_(std::move(name)) {
  if (!node_.IsDefined() || node_.IsNull()) return;
  if (!node_.IsMap()) {
    throw Error("'" + name_ + "' must be a mapping of keys to values", document_->place(path_, node_.Mark()));
  }
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar() || !seen.insert(entry.first.Scalar()).second) {
      throw Error(
          "key '" + (entry.first.IsScalar() ? entry.first.Scalar() : "?") + "' is given twice or is no word",
          document_->place(path_, entry.first.Mark()), "keep one of them");
    }
  }
}

std::string YamlSection::path_of(const std::string& key) const {
  return path_.empty() ? key : path_ + "." + key;
}

std::string YamlSection::name_of(const std::string& key) const {
  return name_.empty() ? key : name_ + "." + key;
}

YAML::Node YamlSection::find(const std::string& key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
  const YAML::Node& node = node_;
  if (!node.IsDefined() || node.IsNull()) return YAML::Node(YAML::NodeType::Undefined);
  return node[key];
}

bool YamlSection::has(const std::string& key) {
  const YAML::Node node = find(key);
  return node.IsDefined() && !node.IsNull();
}

YamlSection YamlSection::section(const std::string& key) {
  return {*document_, find(key), path_of(key), name_of(key)};
}

std::vector<YamlSection> YamlSection::sections(const std::string& key) {
  std::vector<YamlSection> result;
  for (const YAML::Node& node : list(key, find(key), "a list of mappings")) {
    const std::string index = "." + std::to_string(result.size());
    if (!node.IsMap()) fail(key, "'" + name_of(key) + index + "' must be a mapping, such as {name: svr}");
    const std::string label = label_of(node);
    result.emplace_back(*document_, node, path_of(key) + index,
                        name_of(key) + (label.empty() ? index : "." + label));
  }
  return result;
}

std::string YamlSection::scalar(const std::string& key, const YAML::Node& node,
                                const std::string& expected) const {
  if (!node.IsScalar()) fail(key, "'" + name_of(key) + "' must be " + expected);
  return node.Scalar();
}

std::vector<YAML::Node> YamlSection::list(const std::string& key, const YAML::Node& node,
                                          const std::string& expected) const {
  if (!node.IsDefined()) return {};
  if (!node.IsSequence()) fail(key, "'" + name_of(key) + "' must be " + expected);
  return {node.begin(), node.end()};
}

void YamlSection::read(const std::string& key, std::string& value) {
  const YAML::Node node = find(key);
  if (node.IsDefined()) value = scalar(key, node, "a text");
}

void YamlSection::read(const std::string& key, bool& value) {
  const YAML::Node node = find(key);
  if (!node.IsDefined()) return;
  const std::string text = scalar(key, node, "true or false");
  if (text != "true" && text != "false") {
    fail(key, "'" + name_of(key) + "' must be true or false, not '" + text + "'");
  }
  value = text == "true";
}

void YamlSection::read(const std::string& key, int& value, int least, int most) {
  const YAML::Node node = find(key);
  if (!node.IsDefined()) return;
  const std::string expected = between_text("a whole number", least, most);
  const std::string text = scalar(key, node, expected);
  const auto number = parse_between<int>(text, least, most);
  if (!number) fail(key, "'" + name_of(key) + "' must be " + expected + ", not '" + text + "'");
  value = *number;
}

void YamlSection::read(const std::string& key, double& value, double least, double most) {
  const YAML::Node node = find(key);
  if (!node.IsDefined()) return;
  const std::string expected = between_text("a number", least, most);
  const std::string text = scalar(key, node, expected);
  const auto number = parse_between<double>(text, least, most);
  if (!number) fail(key, "'" + name_of(key) + "' must be " + expected + ", not '" + text + "'");
  value = *number;
}

void YamlSection::read(const std::string& key, std::vector<int>& values, int least, int most) {
  const YAML::Node node = find(key);
  if (!node.IsDefined()) return;
  const std::string expected =
      "a list of whole numbers from " + std::to_string(least) + " to " + std::to_string(most);
  values.clear();
  for (const YAML::Node& item : list(key, node, expected)) {
    const auto number = parse_between<int>(scalar(key, item, expected), least, most);
    if (!number) fail(key, "'" + name_of(key) + "' must be " + expected + "; '" + item.Scalar() + "' is not");
    values.push_back(*number);
  }
}

void YamlSection::read(const std::string& key, std::vector<std::uint64_t>& values) {
  const YAML::Node node = find(key);
  if (!node.IsDefined()) return;
  const std::string expected = "a list of whole numbers";
  values.clear();
  for (const YAML::Node& item : list(key, node, expected)) {
    const auto number = parse_number<std::uint64_t>(scalar(key, item, expected));
    if (!number)
      fail(key, "'" + name_of(key) + "' must be " + expected + "; '" + item.Scalar() + "' is not one");
    values.push_back(*number);
  }
}

void YamlSection::read(const std::string& key, std::vector<std::string>& values) {
  const YAML::Node node = find(key);
  if (!node.IsDefined()) return;
  values.clear();
  for (const YAML::Node& item : list(key, node, "a list of words")) {
    values.push_back(scalar(key, item, "a list of words"));
  }
}

void YamlSection::read(const std::string& key, std::optional<std::uint64_t>& value) {
  const YAML::Node node = find(key);
  if (!node.IsDefined()) return;
  value.reset();
  if (node.IsNull() || (node.IsScalar() && node.Scalar() == "none")) return;
  const std::string text = scalar(key, node, "a whole number or none");
  value = parse_number<std::uint64_t>(text);
  if (!value) fail(key, "'" + name_of(key) + "' must be a whole number or none, not '" + text + "'");
}

void YamlSection::read_path(const std::string& key, fs::path& value) {
  std::string text;
  read(key, text);
  if (text.empty()) return;
  value = (document_->base_directory(path_of(key)) / text).lexically_normal();
  if (!value.has_filename()) value = value.parent_path();
}

void YamlSection::read_or_word(const std::string& key, const std::string& word, std::optional<double>& value,
                               double least, double most) {
  std::string text;
  read(key, text);
  if (text.empty() || text == word) return;
  value = parse_between<double>(text, least, most);
  if (!value) {
    fail(key, "'" + name_of(key) + "' must be " + word + " or " + between_text("a number", least, most) +
                  ", not '" + text + "'");
  }
}

void YamlSection::read_or_word(const std::string& key, const std::string& word, std::optional<int>& value,
                               int least, int most) {
  std::string text;
  read(key, text);
  if (text.empty() || text == word) return;
  value = parse_between<int>(text, least, most);
  if (!value) {
    fail(key, "'" + name_of(key) + "' must be " + word + " or " +
                  between_text("a whole number", least, most) + ", not '" + text + "'");
  }
}

std::vector<std::string> YamlSection::keys() const {
  std::vector<std::string> keys;
  if (!node_.IsDefined() || node_.IsNull()) return keys;
  for (const auto& entry : node_) keys.push_back(entry.first.Scalar());
  return keys;
}

std::string YamlSection::flow_text(const std::string& key) {
  const YAML::Node node = find(key);
  if (!node.IsDefined() || node.IsScalar()) return node.IsDefined() ? node.Scalar() : "";
  YAML::Emitter emitter;
  emitter << YAML::Flow << node;
  return emitter.c_str();
}

void YamlSection::fail(const std::string& key, const std::string& problem, const std::string& advice) const {
  const YAML::Node& node = node_;
  const YAML::Node value =
      node.IsDefined() && !node.IsNull() ? node[key] : YAML::Node(YAML::NodeType::Undefined);
  const YAML::Mark mark = value.IsDefined()  ? value.Mark()
                          : node.IsDefined() ? node.Mark()
                                             : YAML::Mark::null_mark();
  throw Error(problem, document_->place(path_of(key), mark), advice);
}

void YamlSection::finish() const {
  if (!node_.IsDefined() || node_.IsNull()) return;
  for (const auto& entry : node_) {
    const std::string key = entry.first.Scalar();
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::string path = path_of(key);
    const std::string problem = "unknown key '" + name_of(key) + "'";
    const std::string where = document_->place(path, entry.first.Mark());
    if (document_->is_override(path)) throw usage_error(problem, where, suggestion(key, known_));
    throw Error(problem, where, suggestion(key, known_));
  }
}

}  // namespace musicmem::config
