// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/hold_file.h"

#include "config/error.h"
#include "data/files/durable_file.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* mark = ".held";
constexpr std::chrono::minutes renewal_interval{1};  // a tenth of what makes a temporary stale

}  // namespace

HoldFile::HoldFile(const fs::path& path) : file_(temporary_name(path.string() + mark)) {
  renew();
  renewal_ = std::jthread([this](const std::stop_token& released) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    for (;;) {
      wake.wait_for(lock, released, renewal_interval, [] { return false; });
      if (released.stop_requested()) return;
      renew();
    }
  });
}

HoldFile::~HoldFile() {
  renewal_.request_stop();
  renewal_.join();
  std::error_code ignored;
  fs::remove(file_, ignored);
}

void HoldFile::renew() {
  try {
    write_file(file_, "\n");
  } catch (const Error&) {  // tried again in a minute
  }
}

bool is_held(const fs::path& path) {
  const std::string start = path.filename().string() + mark + ".tmp.";
  std::error_code ignored;
  return std::any_of(fs::directory_iterator(path.parent_path(), ignored), fs::directory_iterator(),
                     [&](const fs::directory_entry& entry) {
                       return entry.path().filename().string().starts_with(start) &&
                              is_maker_at_work(entry.path());
                     });
}

bool remove_unless_held(const fs::path& path) {
  if (is_held(path)) return false;
  const fs::path aside = temporary_name(path);
  std::error_code error;
  fs::rename(path, aside, error);
  if (error) return false;
  // Whoever took hold of it since then has found it, or has not and makes it anew.
  if (!is_held(path)) return fs::remove(aside, error);
  if (!fs::exists(path, error)) fs::rename(aside, path, error);
  fs::remove(aside, error);
  return false;
}

}  // namespace musicmem::data
