// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/part_costs.h"

#include <algorithm>
#include <ranges>

#include <fmt/ranges.h>

namespace musicmem::launcher {

PartCosts::Span::Span(PartCosts& costs, const std::string& category, const std::string& part)
    : costs_(costs), part_(costs.index_of(part)), on_timeline_(costs.trace_, category, part) {}

PartCosts::Span::~Span() {
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin_;
  costs_.seconds_[part_].second += spent.count();
}

std::size_t PartCosts::index_of(const std::string& part) {
  auto at = std::ranges::find(seconds_, part, &std::pair<std::string, double>::first);
  if (at == seconds_.end()) at = seconds_.insert(at, {part, 0.0});
  return static_cast<std::size_t>(at - seconds_.begin());
}

std::string PartCosts::text() const {
  const auto text = [](const std::pair<std::string, double>& cost) {
    return fmt::format("{} {:.3g} s", cost.first, cost.second);
  };
  return fmt::format("{}", fmt::join(seconds_ | std::views::transform(text), ", "));
}

}  // namespace musicmem::launcher
