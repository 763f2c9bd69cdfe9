// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/trace.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "launcher/run/json_file.h"

#include <utility>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::int64_t microseconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

fs::path file_of_rank(const fs::path& directory, int rank) {
  return directory / fmt::format("trace-rank-{:04}.json", rank);
}

std::string line_of(const json& event) {
  return event.dump(-1, ' ', false, json::error_handler_t::replace) + ",\n";
}

}  // namespace

Trace::Span::Span(Trace& trace, std::string category, std::string name)
    : trace_(trace), category_(std::move(category)), name_(std::move(name)), begin_(microseconds_now()) {}

Trace::Span::~Span() {
  trace_.add(category_, name_, begin_, microseconds_now());
}

Trace::Trace(const fs::path& directory, int rank, const std::string& node)
    : path_(file_of_rank(directory, rank)), rank_(rank) {
  file_.open(path_, std::ios::trunc);
  if (!file_) throw Error("timeline cannot be written", path_.string(), "set runtime.trace=false");
  // Each rank is shown as a process of its own, in the order of the ranks.
  file_ << "[\n"
        << line_of({{"ph", "M"},
                    {"name", "process_name"},
                    {"pid", rank},
                    {"args", {{"name", "rank " + std::to_string(rank) + " on " + node}}}})
        << line_of({{"ph", "M"},
                    {"name", "process_sort_index"},
                    {"pid", rank},
                    {"args", {{"sort_index", rank}}}});
}

void Trace::waiting_for(const std::string& what) {
  if (!what.empty()) {
    wait_ = what;
    wait_begin_ = microseconds_now();
  } else {
    add("wait", wait_, wait_begin_, microseconds_now());
  }
}

void Trace::close() {
  const std::lock_guard lock(mutex_);
  if (!file_.is_open()) return;
  file_.close();  // keeps the mark of a write that failed before
  if (!file_) throw Error("timeline is not whole", path_.string(), "check that the disk has room");
}

void Trace::add(const std::string& category, const std::string& name, std::int64_t begin, std::int64_t end) {
  const std::lock_guard lock(mutex_);
  if (!file_.is_open()) return;
  file_ << line_of({{"ph", "X"},
                    {"cat", category},
                    {"name", name},
                    {"pid", rank_},
                    {"tid", 0},
                    {"ts", begin},
                    {"dur", end - begin}});
  file_.flush();
}

void join_traces(const fs::path& directory, int ranks) {
  std::vector<std::string> events;
  for (int rank = 0; rank < ranks; ++rank) {
    const fs::path path = file_of_rank(directory, rank);
    if (!fs::exists(path)) continue;
    const std::string text = data::read_file(path);
    const std::size_t begin = text.find('\n') + 1;
    const std::size_t end = text.rfind(",\n");
    if (begin == 0 || end == std::string::npos || end < begin) continue;
    events.push_back(text.substr(begin, end - begin));
  }
  data::write_file_durably(directory / "trace.json",
                           fmt::format("{{\"traceEvents\": [\n{}\n]}}\n", fmt::join(events, ",\n")));
  for (int rank = 0; rank < ranks; ++rank) fs::remove(file_of_rank(directory, rank));
}

}  // namespace musicmem::launcher
