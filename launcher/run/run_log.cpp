// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/run_log.h"

#include <cstdio>

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

namespace musicmem::launcher {

RunLog::RunLog(const std::filesystem::path& directory, int rank, bool quiet) : quiet_(quiet) {
  const std::string name = fmt::format("rank-{:04}.log", rank);
  const std::string path = (directory / name).string();
  try {
    logger_ =
        std::make_shared<spdlog::logger>(name, std::make_shared<spdlog::sinks::basic_file_sink_mt>(path));
  } catch (const spdlog::spdlog_ex& error) {
    cannot_write("log", error.what());
    return;
  }
  logger_->set_error_handler(
      [this, path](const std::string& problem) { cannot_write("log", path + ": " + problem); });
  logger_->set_pattern("%Y-%m-%d %H:%M:%S.%e %P %L %v");
  logger_->flush_on(spdlog::level::info);
}

void RunLog::info(const std::string& line) {
  if (logger_) logger_->info("{}", line);
}
void RunLog::warning(const std::string& line) {
  if (logger_) logger_->warn("{}", line);
}
void RunLog::error(const std::string& line) {
  if (logger_) logger_->error("{}", line);
}

void RunLog::warn(const std::string& line) {
  warning(line);
  if (!quiet_) std::fprintf(stderr, "musicmem: warning: %s\n", line.c_str());
}

void RunLog::tell(const std::string& line) {
  info(line);
  if (!quiet_) std::fprintf(stderr, "musicmem: %s\n", line.c_str());
}

void RunLog::attempt(const std::string& kind, const std::function<void()>& write) {
  try {
    write();
  } catch (const std::exception& error) {
    cannot_write(kind, error.what());
  }
}

void RunLog::cannot_write(const std::string& kind, const std::string& problem) {
  {
    const std::lock_guard lock(mutex_);
    if (!unwritten_.insert(kind).second) return;
  }
  if (kind != "log") warning(problem);
  if (!quiet_) warn_unwritten(problem);
}

void warn_unwritten(const std::string& problem) {
  std::fprintf(stderr, "musicmem: warning: %s (no result depends on this file)\n", problem.c_str());
}

}  // namespace musicmem::launcher
