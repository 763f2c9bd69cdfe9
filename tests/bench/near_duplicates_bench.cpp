// SPDX-License-Identifier: GPL-3.0-or-later
// Seconds that near_duplicates() takes on so many synthetic prints, one in a hundred of which has a partner whose
// correlation with it lies about the limit; with "all", which pairs it finds of those that a comparison of all
// pairs finds, and how long that takes.
#include "tests/features/random_prints.h"

#include <chrono>
#include <cstdio>
#include <string>

namespace {

using namespace musicmem::features;

double seconds_of(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

bool have_like_levels(const SoundPrint& a, const SoundPrint& b) {
  double squares = 0.0;
  for (std::size_t band = 0; band < a.level.size(); ++band)
    squares += std::pow(a.level[band] - b.level[band], 2);
  return squares <= 16.0 * static_cast<double>(a.level.size());
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::stoul(argv[1]) : 2000;
  musicmem::data::Generator random(1);
  std::vector<SoundPrint> prints;
  while (prints.size() < count) {
    prints.push_back(testing::random_print(random));
    if (prints.size() % 100 == 0) {
      const int lag = static_cast<int>(random.below(21)) - 10;
      prints.back() = testing::like_print(prints[prints.size() - 2], random.uniform(0.78, 0.84), lag, random);
    }
  }
  std::size_t planted = 0;
  for (std::size_t i = 99; i < count; i += 100)
    planted += similarity(prints[i - 1], prints[i]) >= near_duplicate_correlation ? 1 : 0;

  std::vector<NearDuplicate> found;
  const double seconds = seconds_of([&] { found = near_duplicates(prints, {}); });

  std::printf("%zu prints: %.2f s, %zu pairs found, %zu planted\n", count, seconds, found.size(), planted);
  if (argc < 3 || std::string(argv[2]) != "all") return 0;
  std::size_t like_levels = 0;
  std::size_t all = 0;
  const double of_all = seconds_of([&] {
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = i + 1; j < count; ++j) {
        if (!have_like_levels(prints[i], prints[j])) continue;
        ++like_levels;
        all += similarity(prints[i], prints[j]) >= near_duplicate_correlation ? 1 : 0;
      }
    }
  });
  std::printf("all pairs: %.2f s, %zu pairs found, %.1f %% of like levels\n", of_all, all,
              200.0 * static_cast<double>(like_levels) / static_cast<double>(count * (count - 1)));
  return 0;
}
