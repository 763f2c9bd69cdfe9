// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/checks/start_checks.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "distributed/wire.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <ranges>
#include <set>
#include <thread>

#include <fmt/ranges.h>
#include <unistd.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

// "rank 2 (n2), rank 3 (n2) and 5 more"
std::string names_of(const std::vector<std::size_t>& ranks, const std::vector<std::string>& nodes) {
  constexpr std::size_t shown = 4;
  const auto name = [&](std::size_t rank) { return fmt::format("rank {} ({})", rank, nodes[rank]); };
  const std::string text =
      fmt::format("{}", fmt::join(ranks | std::views::take(shown) | std::views::transform(name), ", "));
  return ranks.size() > shown ? fmt::format("{} and {} more", text, ranks.size() - shown) : text;
}

bool comes_to_hold(const fs::path& file, const std::string& content) {
  // Network file systems may show a new file late.
  constexpr int looks = 30;
  for (int look = 0; look < looks; ++look) {
    try {
      if (data::read_file(file) == content) return true;
    } catch (const Error&) {
      // not there yet
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return false;
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

void require_same(distributed::Communicator& ranks, const std::vector<std::string>& nodes,
                  const std::string& what, const std::string& value, const std::string& advice) {
  const std::vector<std::string> values = ranks.all_gather(value, "comparing the " + what + " of all ranks");
  std::vector<std::size_t> different;
  for (std::size_t rank = 0; rank < values.size(); ++rank) {
    if (values[rank] != values[0]) different.push_back(rank);
  }
  if (different.empty()) return;
  throw distributed::SharedError(Error("the " + what + " of " + names_of(different, nodes) + " is '" +
                                           values[different[0]] + "', that of rank 0 (" + nodes[0] +
                                           ") is '" + values[0] + "'",
                                       "", advice));
}

void require_shared(distributed::Communicator& ranks, const std::vector<std::string>& nodes,
                    const fs::path& directory, const std::string& setting) {
  if (std::set<std::string>(nodes.begin(), nodes.end()).size() == 1) return;
  const fs::path probe = data::temporary_name(directory / "shared");
  const auto [name, content] = from_rank_zero(ranks, "writing into " + directory.string(), [&] {
    const std::string text = data::checksum(probe.string() + std::to_string(seconds_now()));
    data::make_directories(directory);
    data::write_file(probe, text);
    return std::pair(probe.filename().string(), text);
  });
  const std::vector<bool> answers =
      all_gather(ranks, comes_to_hold(directory / name, content), "looking into " + directory.string());
  if (ranks.rank() == 0) ::unlink(probe.c_str());
  std::vector<std::size_t> blind;
  for (std::size_t rank = 0; rank < answers.size(); ++rank) {
    if (!answers[rank]) blind.push_back(rank);
  }
  if (blind.empty()) return;
  throw distributed::SharedError(Error("is not the same directory on every node: " + names_of(blind, nodes) +
                                           " cannot see what rank 0 (" + nodes[0] + ") writes there",
                                       directory.string(),
                                       "choose one on a file system that all nodes share, with " + setting));
}

std::vector<double> read_clocks(distributed::Communicator& ranks) {
  ranks.barrier("reading all clocks");
  return all_gather(ranks, seconds_now(), "comparing all clocks");
}

std::vector<std::string> clock_warnings(const std::vector<double>& clocks,
                                        const std::vector<std::string>& nodes, double tolerance) {
  std::vector<std::string> warnings;
  std::set<std::string> named;
  for (std::size_t rank = 0; rank < clocks.size(); ++rank) {
    const double off = clocks[rank] - clocks[0];
    if (std::abs(off) <= tolerance || !named.insert(nodes[rank]).second) continue;
    char text[160];
    std::snprintf(text, sizeof text, "the clock of %s is %.0f s %s that of %s: times in logs do not compare",
                  nodes[rank].c_str(), std::abs(off), off > 0 ? "ahead of" : "behind", nodes[0].c_str());
    warnings.emplace_back(text);
  }
  return warnings;
}

}  // namespace musicmem::launcher
