// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/rank_map.h"

#include "distributed/cores.h"
#include "distributed/wire.h"

#include <tuple>

namespace musicmem::distributed {
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Placement, node, local_rank, gpus)
}

namespace musicmem::launcher {

std::vector<std::string> RankMap::nodes() const {
  std::vector<std::string> nodes;
  for (const distributed::Placement& placement : placements) nodes.push_back(placement.node);
  return nodes;
}

std::string RankMap::name_of(std::size_t rank) const {
  return "rank " + std::to_string(rank) + " (" + placements[rank].node + ")";
}

std::string RankMap::table() const {
  const auto or_empty = [](int number) { return number < 0 ? std::string() : std::to_string(number); };
  std::string text = "rank,node,role,device,cores,threads,group\n";
  for (std::size_t rank = 0; rank < roles.size(); ++rank) {
    text += std::to_string(rank) + "," + placements[rank].node + "," + to_string(roles[rank].role) + "," +
            or_empty(roles[rank].device) + "," + std::to_string(cores[rank]) + "," +
            std::to_string(threads[rank]) + "," + or_empty(roles[rank].group) + "\n";
  }
  return text;
}

RankMap map_ranks(distributed::World& world, const config::Runtime& runtime, int gpus) {
  const int own_cores = static_cast<int>(distributed::allowed_cores().size());
  const int own_threads = runtime.threads_per_rank.value_or(
      distributed::threads_per_rank(world.node_cores(), world.local_size(), own_cores));
  const std::tuple own(distributed::Placement{world.host_name(), world.local_rank(), gpus}, own_cores,
                       own_threads);
  RankMap map;
  for (const auto& [placement, cores, threads] :
       all_gather(world.communicator(), own, "gathering the rank map")) {
    map.placements.push_back(placement);
    map.cores.push_back(cores);
    map.threads.push_back(threads);
  }
  map.roles = distributed::assign_roles(map.placements, runtime.ranks_per_model.value_or(1));
  return map;
}

}  // namespace musicmem::launcher
