// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run_log.h"

#include "config/error.h"

#include <cstdio>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

namespace musicmem::launcher {

RunLog::RunLog(const std::filesystem::path& directory, int rank) {
  char name[32];
  std::snprintf(name, sizeof name, "rank-%04d.log", rank);
  const std::string path = (directory / name).string();
  try {
    logger_ =
        std::make_shared<spdlog::logger>(name, std::make_shared<spdlog::sinks::basic_file_sink_mt>(path));
  } catch (const spdlog::spdlog_ex& error) {
    throw Error(std::string("log cannot be written: ") + error.what(), path);
  }
  logger_->set_pattern("%Y-%m-%d %H:%M:%S.%e %P %L %v");
  logger_->flush_on(spdlog::level::info);
}

void RunLog::info(const std::string& line) {
  logger_->info("{}", line);
}
void RunLog::warning(const std::string& line) {
  logger_->warn("{}", line);
}
void RunLog::error(const std::string& line) {
  logger_->error("{}", line);
}

}  // namespace musicmem::launcher
