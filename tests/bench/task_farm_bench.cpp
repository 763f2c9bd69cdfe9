// SPDX-License-Identifier: GPL-3.0-or-later
// task_farm_bench [TASKS]: what the task farm costs. Run alone or under mpirun.
//
// First TASKS (default 10,000) empty tasks, which rank 0 mostly takes itself as it sends no messages; then
// tasks that sleep 1 ms and 50 ms, so that all ranks take part: how long each rank is without a task between
// two of them. Then one task that sleeps 3 s while all other ranks wait. Last, sleeping tasks of very
// different lengths: how much longer all take than they must, max(total / ranks, longest). Always the share
// of a core that each rank burns; with many ranks only the coordinator's and the others' range.
#include "distributed/farm/task_farm.h"
#include "distributed/world.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <numeric>
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

// One line of every rank, printed by rank 0; of the first and the last alone where there are many.
void print_by_rank(Communicator& everyone, const std::string& line) {
  constexpr std::size_t many = 8;
  const auto lines = everyone.all_gather(line, "results of the benchmark");
  if (everyone.rank() != 0) return;
  if (lines.size() > many) {
    std::printf("  rank 0 (coordinator): %s\n  rank %zu: %s\n", lines[0].c_str(), lines.size() - 1,
                lines.back().c_str());
    return;
  }
  for (std::size_t rank = 0; rank < lines.size(); ++rank) {
    std::printf("  rank %zu%s: %s\n", rank, rank == 0 ? " (coordinator)" : "", lines[rank].c_str());
  }
}

std::string processor_share(const Cost& cost) {
  char text[64];
  std::snprintf(text, sizeof text, "%.2f %% of a core", 100.0 * cost.processor_seconds / cost.wall_seconds);
  return text;
}

void print_balance(Communicator& everyone, int own_tasks) {
  std::vector<int> tasks;
  for (const std::string& text : everyone.all_gather(std::to_string(own_tasks), "tasks of each rank")) {
    tasks.push_back(std::atoi(text.c_str()));
  }
  if (everyone.rank() != 0) return;
  const auto [least, most] = std::minmax_element(tasks.begin(), tasks.end());
  std::printf("  tasks per rank: %d to %d\n", *least, *most);
}

void many_tasks(Communicator& everyone, std::size_t tasks, std::chrono::milliseconds sleep) {
  using Clock = std::chrono::steady_clock;
  int own_tasks = 0;
  Clock::time_point last_end;
  std::chrono::duration<double, std::micro> between_tasks{0};
  const auto execute = [&](std::size_t) {
    if (own_tasks++ > 0) between_tasks += Clock::now() - last_end;
    if (sleep.count() > 0) std::this_thread::sleep_for(sleep);
    last_end = Clock::now();
  };
  const Cost cost = cost_of([&] { run_farm(everyone, std::vector<double>(tasks, 1.0), execute); });

  if (everyone.rank() == 0) {
    std::printf("%zu tasks of %d ms on %d ranks: %.3f s, %.1f us a task\n", tasks,
                static_cast<int>(sleep.count()), everyone.size(), cost.wall_seconds,
                1e6 * cost.wall_seconds / static_cast<double>(tasks));
  }
  print_balance(everyone, own_tasks);
  char text[128];
  std::snprintf(text, sizeof text, "%d tasks, %.1f us between two, ", own_tasks,
                own_tasks > 1 ? between_tasks.count() / (own_tasks - 1) : 0.0);
  print_by_rank(everyone, text + processor_share(cost));
}

void idle_ranks(Communicator& everyone, double seconds) {
  const Cost cost = cost_of([&] {
    run_farm(everyone, {1.0},
             [&](std::size_t) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); });
  });

  if (everyone.rank() == 0) std::printf("one task of %.1f s, all other ranks wait:\n", seconds);
  print_by_rank(everyone, processor_share(cost));
}

// Lengths from 20 ms to 2 s, evenly spread on a logarithmic scale, so many that all ranks are busy for long.
void uneven_tasks(Communicator& everyone) {
  const int ranks = everyone.size();
  std::vector<double> seconds(static_cast<std::size_t>(20 * ranks));
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    seconds[i] = 0.02 * std::pow(100.0, static_cast<double>(i) / static_cast<double>(seconds.size() - 1));
  }
  const Cost cost = cost_of([&] {
    run_farm(everyone, seconds, [&](std::size_t task) {
      std::this_thread::sleep_for(std::chrono::duration<double>(seconds[task]));
    });
  });
  const double total = std::accumulate(seconds.begin(), seconds.end(), 0.0);
  const double bound = std::max(total / ranks, *std::max_element(seconds.begin(), seconds.end()));
  if (everyone.rank() == 0) {
    std::printf(
        "%zu tasks of 20 ms to 2 s on %d ranks: %.3f s, %.1f %% more than the least possible %.3f s\n",
        seconds.size(), ranks, cost.wall_seconds, 100.0 * (cost.wall_seconds / bound - 1.0), bound);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t tasks = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10'000;
  World world;
  const auto ranks = static_cast<std::size_t>(world.size());
  many_tasks(world.communicator(), tasks, std::chrono::milliseconds(0));
  many_tasks(world.communicator(), 1000 * ranks, std::chrono::milliseconds(1));
  many_tasks(world.communicator(), 40 * ranks, std::chrono::milliseconds(50));
  idle_ranks(world.communicator(), 3.0);
  uneven_tasks(world.communicator());
}
