// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

namespace musicmem::launcher {

// A timeline of one rank in Chrome's trace format: what it did from when to when, as tasks, waits and I/O.
// chrome://tracing and ui.perfetto.dev open it. Thread-safe; a default one records nothing.
//
// Each event is written as it ends, so that the file of a killed rank can be opened as well: the format
// allows an array without an end. Times are of the system's clock, so that the ranks' timelines fit together.
class Trace {
 public:
  // From begin to the end of this object's life, as one event.
  class Span {
   public:
    Span(Trace& trace, std::string category, std::string name);
    ~Span();
    Span(const Span&) = delete;
    Span& operator=(const Span&) = delete;

   private:
    Trace& trace_;
    std::string category_;
    std::string name_;
    std::int64_t begin_;
  };

  Trace() = default;
  // Starts <directory>/trace-rank-0000.json anew. Throws Error where it cannot be written.
  Trace(const std::filesystem::path& directory, int rank, const std::string& node);

  // Records nothing from now on. Throws Error where an event could not be written.
  void close();

  // For waits that begin and end in different calls: an empty `what` ends the one that began.
  void waiting_for(const std::string& what);

 private:
  void add(const std::string& category, const std::string& name, std::int64_t begin, std::int64_t end);

  std::mutex mutex_;
  std::filesystem::path path_;
  std::ofstream file_;
  int rank_ = 0;
  std::string wait_;
  std::int64_t wait_begin_ = 0;
};

// Joins the timelines of the first `ranks` ranks to <directory>/trace.json and removes them.
void join_traces(const std::filesystem::path& directory, int ranks);

}  // namespace musicmem::launcher
