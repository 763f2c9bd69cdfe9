// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/feature_blocks.h"

#include "features/feature_set.h"

#include <algorithm>
#include <cctype>

namespace musicmem::features {
namespace {

// "layer3" of "layer3.std.17", "layer-1" of "layer-1.17"; "" where layers are not joined.
std::string layer_of(const std::string& column) {
  constexpr std::string_view word = "layer";
  if (!column.starts_with(word)) return "";
  const std::size_t first = column.substr(word.size()).starts_with('-') ? word.size() + 1 : word.size();
  std::size_t end = first;
  while (end < column.size() && std::isdigit(static_cast<unsigned char>(column[end])) != 0) ++end;
  const bool is_layer = end > first && end < column.size() && column[end] == '.';
  return is_layer ? column.substr(0, end) : "";
}

// Within its set; "" for all of it.
std::string group_of(const std::string& set, const std::string& column) {
  const auto known = config::built_in_set(set);
  if (!known) return layer_of(column);
  const FeatureSetKind& kind = kind_of(*known);
  return kind.group != nullptr ? kind.group(column) : "";
}

// Within its set, where there are several.
std::vector<std::string> expected_groups(const std::string& set, const config::Features& features) {
  if (const auto known = config::built_in_set(set)) {
    const FeatureSetKind& kind = kind_of(*known);
    return kind.groups != nullptr ? kind.groups(features) : std::vector<std::string>();
  }
  std::vector<std::string> layers;
  const config::LayerChoice& choice = features.sets.at(set).reading.layer;
  if (choice.indices.size() < 2) return layers;
  for (const int layer : choice.indices) layers.push_back("layer" + std::to_string(layer));
  return layers;
}

}  // namespace

std::vector<FeatureBlock> feature_blocks(const config::FeatureChoice& sets,
                                         const std::vector<std::string>& columns) {
  const bool are_joined = sets.sets.size() > 1;
  std::vector<FeatureBlock> blocks;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    std::string set = sets.sets.empty() ? "" : sets.sets.front();
    std::string column = columns[c];
    if (are_joined) {
      const std::size_t dot = column.find('.');
      set = column.substr(0, dot);
      column = dot == std::string::npos ? "" : column.substr(dot + 1);
    }
    const std::string group = group_of(set, column);
    const std::string name = group.empty() ? set : are_joined ? set + "." + group : group;
    auto block = std::ranges::find(blocks, name, &FeatureBlock::name);
    if (block == blocks.end()) block = blocks.insert(blocks.end(), FeatureBlock{name, {}});
    block->columns.push_back(c);
  }
  return blocks;
}

std::vector<std::string> expected_blocks(const config::FeatureChoice& sets,
                                         const config::Features& features) {
  std::vector<std::string> blocks;
  for (const std::string& set : sets.sets) {
    const std::vector<std::string> groups = expected_groups(set, features);
    if (groups.size() < 2) blocks.push_back(set);
    for (const std::string& group : groups) {
      if (groups.size() > 1) blocks.push_back(sets.sets.size() > 1 ? set + "." + group : group);
    }
  }
  return blocks;
}

std::vector<std::size_t> columns_of_block(const std::vector<FeatureBlock>& blocks, const std::string& name) {
  std::vector<std::size_t> columns;
  for (const FeatureBlock& block : blocks) {
    if (block.name == name || block.name.starts_with(name + "."))
      columns.insert(columns.end(), block.columns.begin(), block.columns.end());
  }
  std::ranges::sort(columns);
  return columns;
}

std::vector<FeatureBlock> single_columns(const std::vector<std::string>& columns) {
  std::vector<FeatureBlock> blocks;
  for (std::size_t c = 0; c < columns.size(); ++c) blocks.push_back({columns[c], {c}});
  return blocks;
}

}  // namespace musicmem::features
