// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

// Which rank computes on what: a pure function of where the ranks run, so that every rank works out the same.
namespace musicmem::distributed {

// Where one rank runs, as World knows it, and how many GPUs its node has for the job.
struct Placement {
  std::string node;
  int local_rank = 0;
  int gpus = 0;
};

enum class Role { cpu, gpu };

struct RankRole {
  Role role = Role::cpu;
  int device = -1;      // of its node; -1 for CPU ranks
  int group = -1;       // of ranks that train one model together; -1 where the rank is in none
  int group_rank = -1;  // in the group, 0 .. ranks_per_model - 1; 0 leads it
};

// The roles of all ranks, by rank. On each node local rank i below the number of GPUs is a GPU rank with
// device i, the others are CPU ranks.
//
// Groups of `ranks_per_model` are made of the GPU ranks, or of the CPU ranks where no rank has a GPU; each is
// of full size, so that a fit does not depend on where the ranks ended up. A group stays on one node where
// it can; what the nodes have left over forms groups across them, and what is left then is in no group.
std::vector<RankRole> assign_roles(const std::vector<Placement>& ranks, int ranks_per_model);

// The ranks of each group, the leader first.
std::vector<std::vector<int>> ranks_of_groups(const std::vector<RankRole>& roles);

// "cpu" or "gpu".
std::string to_string(Role role);

}  // namespace musicmem::distributed
