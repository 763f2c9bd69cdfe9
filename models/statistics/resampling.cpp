// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/statistics/resampling.h"

#include "data/generator.h"
#include "distributed/cores.h"

#include <cassert>
#include <mutex>
#include <thread>

namespace musicmem::models {
namespace {

// The resamples in their order, to whichever thread asks for the next ones.
class Resampler {
 public:
  Resampler(std::size_t items, const BootstrapSettings& settings)
      : items_(items), resamples_(settings.resamples), below_(items), generator_(settings.seed) {}

  struct Range {
    int first = 0;
    int end = 0;
  };

  // Draws the next few resamples, as many draws each as there are items, into `counts`, one after the other;
  // which they are: none after the last. More than one at a time, for threads would wait for each other.
  Range next(std::vector<std::uint32_t>& counts) {
    constexpr std::size_t draws_at_once = 30'000;
    const std::lock_guard lock(mutex_);
    const int taken = std::min(resamples_ - drawn_, static_cast<int>(draws_at_once / items_) + 1);
    counts.assign(static_cast<std::size_t>(taken) * items_, 0U);
    for (std::size_t first = 0; first < counts.size(); first += items_) {
      for (std::size_t draw = 0; draw < items_; ++draw) ++counts[first + below_(generator_)];
    }
    drawn_ += taken;
    return {drawn_ - taken, drawn_};
  }

 private:
  std::mutex mutex_;
  std::size_t items_;
  int resamples_;
  int drawn_ = 0;
  data::Below below_;
  data::Generator generator_;
};

int threads_to_use() {
  return distributed::usable_cores({distributed::allowed_cores()}, distributed::cpu_quota());
}

}  // namespace

Replicates replicate(std::size_t items, std::span<const int> groups, const BootstrapSettings& settings,
                     const std::function<ResampledStatistic()>& make) {
  assert(groups.empty() || groups.size() == items);
  const std::size_t units = groups.empty() ? items : static_cast<std::size_t>(std::ranges::max(groups)) + 1;
  if (units < 2) return {};
  Resampler resampler(units, settings);
  Replicates replicates(static_cast<std::size_t>(settings.resamples));
  const auto work = [&] {
    const ResampledStatistic statistic = make();
    std::vector<std::uint32_t> drawn;
    std::vector<std::uint32_t> of_items(groups.size());  // how often the group of each was drawn
    for (auto range = resampler.next(drawn); range.first < range.end; range = resampler.next(drawn)) {
      for (int r = range.first; r < range.end; ++r) {
        const Counts of_units =
            Counts(drawn).subspan(static_cast<std::size_t>(r - range.first) * units, units);
        for (std::size_t i = 0; i < groups.size(); ++i)
          of_items[i] = of_units[static_cast<std::size_t>(groups[i])];
        replicates[static_cast<std::size_t>(r)] = statistic(groups.empty() ? of_units : Counts(of_items));
      }
    }
  };
  {
    std::vector<std::jthread> others;
    for (int thread = 1; thread < threads_to_use(); ++thread) others.emplace_back(work);
    work();
  }
  return replicates;
}

}  // namespace musicmem::models
