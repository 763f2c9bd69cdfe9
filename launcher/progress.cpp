// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/progress.h"

#include <cstdio>

#include <unistd.h>

namespace musicmem::launcher {
namespace {

constexpr auto plain_interval = std::chrono::seconds(10);

std::string clock_text(double seconds) {
  char text[32];
  const auto whole = static_cast<long>(seconds + 0.5);
  std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  return text;
}

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

void Progress::update(std::size_t done, std::size_t failed) {
  const auto now = Clock::now();
  const bool finished = already_ + done + failed >= total_;
  const bool plain_due = now - last_plain_ >= plain_interval || finished;
  const std::string text = line(done, failed);
  if (!quiet_ && terminal_) {
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
    std::fflush(stderr);
    line_is_open_ = true;
  }
  if (!plain_due) return;
  last_plain_ = now;
  log_.info(text);
  if (!quiet_ && !terminal_) std::fprintf(stderr, "%s\n", text.c_str());
}

std::string Progress::line(std::size_t done, std::size_t failed) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const std::size_t ended = done + failed;
  std::string text =
      stage_ + ": " + std::to_string(already_ + done) + " of " + std::to_string(total_) + " done";
  if (failed > 0) text += ", " + std::to_string(failed) + " failed";
  text += ", " + clock_text(seconds);
  const std::size_t left = total_ - already_ - ended;
  if (ended > 0 && left > 0) {
    text +=
        ", about " + clock_text(seconds / static_cast<double>(ended) * static_cast<double>(left)) + " left";
  }
  return text;
}

}  // namespace musicmem::launcher
