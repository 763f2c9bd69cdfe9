// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/roles.h"

#include <gmock/gmock.h>

namespace musicmem::distributed {
namespace {

using testing::ElementsAre;

// So many ranks on each of the nodes a, b, c ..., placed node after node.
std::vector<Placement> nodes_of(const std::vector<int>& ranks_on_node, int gpus) {
  std::vector<Placement> ranks;
  for (std::size_t node = 0; node < ranks_on_node.size(); ++node) {
    for (int local = 0; local < ranks_on_node[node]; ++local) {
      ranks.push_back({std::string(1, static_cast<char>('a' + node)), local, gpus});
    }
  }
  return ranks;
}

TEST(Roles, local_ranks_below_the_number_of_gpus_get_a_device_each) {
  const auto roles = assign_roles(nodes_of({3, 1}, 2), 1);

  EXPECT_EQ(roles[0].role, Role::gpu);
  EXPECT_EQ(roles[0].device, 0);
  EXPECT_EQ(roles[1].device, 1);
  EXPECT_EQ(roles[2].role, Role::cpu);
  EXPECT_EQ(roles[2].device, -1);
  EXPECT_EQ(roles[2].group, -1) << "CPU ranks work for themselves beside GPU ranks";
  EXPECT_EQ(roles[3].role, Role::gpu);
  EXPECT_EQ(roles[3].device, 0);
}

TEST(Roles, without_gpus_groups_are_made_of_cpu_ranks) {
  const auto roles = assign_roles(nodes_of({4}, 0), 2);

  EXPECT_EQ(roles[1].role, Role::cpu);
  EXPECT_THAT(ranks_of_groups(roles), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3)));
}

TEST(Roles, groups_stay_on_a_node_and_left_over_ranks_meet_across_nodes) {
  const auto roles = assign_roles(nodes_of({3, 3}, 3), 2);

  EXPECT_THAT(ranks_of_groups(roles), ElementsAre(ElementsAre(0, 1), ElementsAre(3, 4), ElementsAre(2, 5)));
}

TEST(Roles, groups_larger_than_a_node_span_nodes_and_an_incomplete_one_is_not_made) {
  const auto roles = assign_roles(nodes_of({2, 2, 2}, 2), 4);

  EXPECT_THAT(ranks_of_groups(roles), ElementsAre(ElementsAre(0, 1, 2, 3)));
  EXPECT_EQ(roles[4].group, -1);
  EXPECT_EQ(roles[4].role, Role::gpu);
}

TEST(Roles, do_not_depend_on_how_the_launcher_deals_ranks_to_nodes) {
  const std::vector<Placement> dealt = {{"a", 0, 2}, {"b", 0, 2}, {"a", 1, 2}, {"b", 1, 2}};

  const auto roles = assign_roles(dealt, 2);

  EXPECT_THAT(ranks_of_groups(roles), ElementsAre(ElementsAre(0, 2), ElementsAre(1, 3)));
}

}  // namespace
}  // namespace musicmem::distributed
