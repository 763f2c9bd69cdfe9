// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/runtime.h"
#include "distributed/roles.h"
#include "distributed/world.h"

#include <string>
#include <vector>

namespace musicmem::launcher {

// Where every rank runs and what it computes on, the same on all ranks. Entries are by rank.
struct RankMap {
  std::vector<distributed::Placement> placements;
  std::vector<distributed::RankRole> roles;
  std::vector<int> cores;    // that the rank may run on
  std::vector<int> threads;  // that it computes with

  std::vector<std::string> nodes() const;
  // "rank 3 (n2)"
  std::string name_of(std::size_t rank) const;
  // Lines "rank,node,role,device,cores,threads,group" under a heading; device and group are empty where there
  // is none.
  std::string table() const;
};

// Collective. `gpus`: that this node has for the job.
RankMap map_ranks(distributed::World& world, const config::Runtime& runtime, int gpus);

}  // namespace musicmem::launcher
