// SPDX-License-Identifier: GPL-3.0-or-later
// task_farm_bench [TASKS [SECONDS_IDLE]]: what the task farm costs. Run alone or under mpirun.
//
// First TASKS (default 10,000) empty tasks: overhead per task and tasks by rank. Then one task that sleeps
// SECONDS_IDLE (default 3) while all other ranks wait: the share of a core that each rank burns.
#include "distributed/task_farm.h"
#include "distributed/world.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace musicmem::distributed;

// Wall clock and processor time (all threads of this process) of one action.
struct Cost {
  double wall_seconds = 0.0;
  double processor_seconds = 0.0;
};

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

template <typename Action>
Cost cost_of(const Action& action) {
  const auto start = std::chrono::steady_clock::now();
  const double processor_start = processor_seconds();
  action();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          processor_seconds() - processor_start};
}

void print_processor_shares(Communicator& everyone, const Cost& cost) {
  const double share = 100.0 * cost.processor_seconds / cost.wall_seconds;
  const auto shares = everyone.all_gather(std::to_string(share), "processor shares");
  if (everyone.rank() != 0) return;
  for (std::size_t rank = 0; rank < shares.size(); ++rank) {
    std::printf("  rank %zu%s: %.5s %% of a core\n", rank, rank == 0 ? " (coordinator)" : "",
                shares[rank].c_str());
  }
}

void empty_tasks(Communicator& everyone, std::size_t tasks) {
  FarmResult result;
  const Cost cost =
      cost_of([&] { result = run_farm(everyone, std::vector<double>(tasks, 1.0), [](std::size_t) {}); });

  if (everyone.rank() == 0) {
    std::vector<int> by_rank(static_cast<std::size_t>(everyone.size()), 0);
    for (const TaskOutcome& outcome : result.outcomes) ++by_rank[static_cast<std::size_t>(outcome.rank)];
    std::printf("%zu empty tasks on %d ranks: %.3f s, %.1f us a task\n", tasks, everyone.size(),
                cost.wall_seconds, 1e6 * cost.wall_seconds / static_cast<double>(tasks));
    for (std::size_t rank = 0; rank < by_rank.size(); ++rank)
      std::printf("  rank %zu: %d\n", rank, by_rank[rank]);
  }
  print_processor_shares(everyone, cost);
}

void idle_ranks(Communicator& everyone, double seconds) {
  const Cost cost = cost_of([&] {
    run_farm(everyone, {1.0},
             [&](std::size_t) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); });
  });

  if (everyone.rank() == 0) std::printf("one task of %.1f s, all other ranks wait:\n", seconds);
  print_processor_shares(everyone, cost);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t tasks = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10'000;
  const double idle_seconds = argc > 2 ? std::strtod(argv[2], nullptr) : 3.0;
  World world;
  empty_tasks(world.communicator(), tasks);
  idle_ranks(world.communicator(), idle_seconds);
}
