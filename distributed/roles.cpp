// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/roles.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace musicmem::distributed {
namespace {

using Ranks = std::vector<int>;

const Placement& placement(const std::vector<Placement>& ranks, int rank) {
  return ranks[static_cast<std::size_t>(rank)];
}

// The ranks that groups are made of, one list a node, nodes in the order of their first rank.
std::vector<Ranks> grouped_ranks_by_node(const std::vector<Placement>& ranks,
                                         const std::vector<RankRole>& roles) {
  const bool any_gpu =
      std::any_of(roles.begin(), roles.end(), [](const RankRole& role) { return role.role == Role::gpu; });
  std::vector<Ranks> nodes;
  for (int rank = 0; rank < static_cast<int>(ranks.size()); ++rank) {
    if (any_gpu && roles[static_cast<std::size_t>(rank)].role != Role::gpu) continue;
    const auto same_node = [&](const Ranks& node) {
      return placement(ranks, node.front()).node == placement(ranks, rank).node;
    };
    const auto known = std::find_if(nodes.begin(), nodes.end(), same_node);
    (known != nodes.end() ? *known : nodes.emplace_back()).push_back(rank);
  }
  for (Ranks& node : nodes) {
    std::stable_sort(node.begin(), node.end(), [&](int a, int b) {
      return placement(ranks, a).local_rank < placement(ranks, b).local_rank;
    });
  }
  return nodes;
}

// Moves the first `size` ranks at a time into groups, as long as there are so many.
void cut_groups(Ranks& ranks, std::ptrdiff_t size, std::vector<Ranks>& groups) {
  while (static_cast<std::ptrdiff_t>(ranks.size()) >= size) {
    groups.emplace_back(ranks.begin(), ranks.begin() + size);
    ranks.erase(ranks.begin(), ranks.begin() + size);
  }
}

}  // namespace

std::vector<RankRole> assign_roles(const std::vector<Placement>& ranks, int ranks_per_model) {
  assert(ranks_per_model >= 1);
  std::vector<RankRole> roles;
  for (const Placement& rank : ranks) {
    const bool has_gpu = rank.local_rank < rank.gpus;
    roles.push_back({has_gpu ? Role::gpu : Role::cpu, has_gpu ? rank.local_rank : -1, -1, -1});
  }

  std::vector<Ranks> groups;
  Ranks left_over;
  for (Ranks& node : grouped_ranks_by_node(ranks, roles)) {
    cut_groups(node, ranks_per_model, groups);
    left_over.insert(left_over.end(), node.begin(), node.end());
  }
  cut_groups(left_over, ranks_per_model, groups);

  for (std::size_t group = 0; group < groups.size(); ++group) {
    for (std::size_t i = 0; i < groups[group].size(); ++i) {
      RankRole& role = roles[static_cast<std::size_t>(groups[group][i])];
      role.group = static_cast<int>(group);
      role.group_rank = static_cast<int>(i);
    }
  }
  return roles;
}

std::vector<std::vector<int>> ranks_of_groups(const std::vector<RankRole>& roles) {
  std::vector<Ranks> groups;
  for (std::size_t rank = 0; rank < roles.size(); ++rank) {
    if (roles[rank].group < 0) continue;
    const auto group = static_cast<std::size_t>(roles[rank].group);
    const auto place = static_cast<std::size_t>(roles[rank].group_rank);
    if (groups.size() <= group) groups.resize(group + 1);
    if (groups[group].size() <= place) groups[group].resize(place + 1);
    groups[group][place] = static_cast<int>(rank);
  }
  return groups;
}

std::string to_string(Role role) {
  return role == Role::gpu ? "gpu" : "cpu";
}

}  // namespace musicmem::distributed
