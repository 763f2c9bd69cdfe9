// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/run/trace.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace musicmem::launcher {

// What the parts of a rank's tasks cost: each on the timeline, and their sums for the log. For one thread.
class PartCosts {
 public:
  // From begin to the end of this object's life. What it belongs to outlives it.
  class Span {
   public:
    Span(PartCosts& costs, const std::string& category, const std::string& part);
    ~Span();
    Span(const Span&) = delete;
    Span& operator=(const Span&) = delete;

   private:
    PartCosts& costs_;
    std::size_t part_;
    Trace::Span on_timeline_;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  };

  // `trace` outlives this.
  explicit PartCosts(Trace& trace) : trace_(trace) {}

  // The time spent on each part so far, in the order of their first begin: "read 0.8 s, ehc 12.5 s".
  std::string text() const;

 private:
  std::size_t index_of(const std::string& part);

  Trace& trace_;
  std::vector<std::pair<std::string, double>> seconds_;
};

}  // namespace musicmem::launcher
