// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/progress.h"

#include "launcher/run/run_progress.h"
#include "launcher/text/time_text.h"

#include <cstdio>

#include <unistd.h>

namespace musicmem::launcher {
namespace {

constexpr auto plain_interval = std::chrono::seconds(10);

}  // namespace

Progress::Progress(std::string stage, std::size_t total, std::size_t already, bool quiet, RunLog& log)
    : stage_(std::move(stage)),
      total_(total),
      already_(already),
      quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) == 1),
      log_(log) {}

Progress::~Progress() {
  if (line_is_open_) std::fputc('\n', stderr);
}

void Progress::update(const distributed::FarmProgress& now) {
  const auto time = Clock::now();
  const bool finished = now.done >= now.total;
  const bool plain_due = time - last_plain_ >= plain_interval || finished;
  const std::string text = line(now);
  if (!quiet_ && terminal_) {
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
    std::fflush(stderr);
    line_is_open_ = true;
  }
  if (!plain_due) return;
  last_plain_ = time;
  log_.info(text);
  if (!quiet_ && !terminal_) std::fprintf(stderr, "%s\n", text.c_str());
}

std::string Progress::line(const distributed::FarmProgress& now) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  std::string text = stage_ + ": " + std::to_string(already_ + now.done - now.failed) + " of " +
                     std::to_string(total_) + " done";
  if (now.failed > 0) text += ", " + std::to_string(now.failed) + " failed";
  text += ", " + duration_text(seconds);
  const auto left = expected_seconds_left(now, seconds);
  if (left && now.done < now.total) text += ", about " + duration_text(*left) + " left";
  return text;
}

}  // namespace musicmem::launcher
