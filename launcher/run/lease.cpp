// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/lease.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "data/files/process.h"

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr auto beat_interval = std::chrono::seconds(2);
constexpr auto takeover_timeout = std::chrono::seconds(15);
constexpr auto longest_wait = std::chrono::seconds(20);
constexpr auto look_interval = std::chrono::milliseconds(200);
constexpr auto longest_retry = std::chrono::seconds(2);  // of a file system, until it is an error
constexpr std::size_t longest_lease = 4096;

std::string first_word_of(const fs::path& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

std::string boot_id() {
  return first_word_of("/proc/sys/kernel/random/boot_id");
}

// Processes of two containers on one machine may share host name, boot and number, but cannot see each other.
std::string process_space() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/ns/pid", ignored).string();
}

struct Holder {
  std::string host;
  std::string boot;
  std::string space;
  pid_t pid = 0;
  std::uint64_t started = 0;
  std::uint64_t epoch = 0;
  std::uint64_t counter = 0;

  bool is_on_this_host() const {
    return host == data::host_name() && (boot != boot_id() || space == process_space());
  }
  bool is_dead_here() const {
    if (!is_on_this_host()) return false;
    if (boot != boot_id()) return true;
    const auto process = data::find_process(pid);
    return !data::is_at_work(pid) || (process && process->started != started);
  }
  // Everything but the counter.
  std::string identity() const {
    return host + " " + boot + " " + space + " " + std::to_string(pid) + " " + std::to_string(started) + " " +
           std::to_string(epoch);
  }
};

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Holder, host, boot, space, pid, started, epoch, counter)

Holder this_process(std::uint64_t epoch, std::uint64_t counter) {
  const auto process = data::find_process(::getpid());
  const std::uint64_t started = process ? process->started : 0;
  return {data::host_name(), boot_id(), process_space(), ::getpid(), started, epoch, counter};
}

// The bytes of a small file; nullopt where there is none. A network file system may fail to read a file that
// is being replaced (ESTALE), and a moment's failure must not look like a lost lease.
std::optional<std::string> read_if_there(const fs::path& file) {
  const auto start = Clock::now();
  for (;;) {
    std::string bytes(longest_lease, '\0');
    ssize_t size = -1;
    if (const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC); descriptor >= 0) {
      size = ::read(descriptor, bytes.data(), bytes.size());
      const int error = errno;
      ::close(descriptor);
      errno = error;
    } else if (errno == ENOENT) {
      return std::nullopt;
    }
    if (size >= 0) return bytes.substr(0, static_cast<std::size_t>(size));
    if (Clock::now() - start >= longest_retry)
      throw Error(std::string("cannot be read: ") + std::strerror(errno), file.string());
    std::this_thread::sleep_for(look_interval);
  }
}

// nullopt where there is no lease; one that is damaged reads as a holder that is dead here. Throws Error
// where it cannot be read.
std::optional<Holder> read_holder(const fs::path& file) {
  const auto bytes = read_if_there(file);
  if (!bytes) return std::nullopt;
  const json content = json::parse(*bytes, nullptr, false);
  try {
    return content.get<Holder>();
  } catch (const json::exception&) {
    Holder dead_here;
    dead_here.host = data::host_name();
    return dead_here;
  }
}

// Claims an epoch: one program alone can link its file to the claim's name. A claim whose maker died before
// it was through, on this host or long ago elsewhere (`is_old`), is removed, for the next look to try again.
bool claim_epoch(const fs::path& file, std::uint64_t epoch, const std::string& text, bool is_old) {
  const fs::path claim = file.string() + ".epoch-" + std::to_string(epoch);
  const fs::path mine = data::temporary_name(claim);
  data::write_file_durably(mine, text);
  const bool won = ::link(mine.c_str(), claim.c_str()) == 0;
  const int error = errno;
  ::unlink(mine.c_str());
  if (won) {
    // Another may have won this epoch, and removed its claim, since the lease was looked at.
    const auto holder = read_holder(file);
    const bool is_first = !holder || holder->epoch < epoch;
    if (is_first) data::write_file_durably(file, text);
    ::unlink(claim.c_str());
    return is_first;
  }
  // The winner sweeps the run directory, and with it the file of who came second.
  if (error == ENOENT) return false;
  if (error != EEXIST) throw Error(std::string("cannot be written: ") + std::strerror(error), file.string());
  const auto maker = read_holder(claim);
  if (maker && (is_old || maker->is_dead_here())) ::unlink(claim.c_str());
  return false;
}

}  // namespace

Lease::Lease(fs::path file) : file_(std::move(file)) {
  const auto start = Clock::now();
  auto last_change = start;
  auto free_since = start;
  std::uint64_t last_counter = 0;
  bool announced = false;
  for (;;) {
    const auto holder = read_holder(file_);
    const auto now = Clock::now();
    if (holder && holder->counter != last_counter) {
      last_counter = holder->counter;
      last_change = now;
    }
    const bool free = !holder || holder->is_dead_here() ||
                      (!holder->is_on_this_host() && now - last_change >= takeover_timeout);
    epoch_ = holder ? holder->epoch + 1 : 1;
    if (!free) free_since = now;
    if (free && claim_epoch(file_, epoch_, text(1), now - free_since >= takeover_timeout)) break;
    if (now - start >= longest_wait) {
      const std::string who =
          holder ? "process " + std::to_string(holder->pid) + " on " + holder->host : "another program";
      throw Error("is in use by " + who, file_.parent_path().string(),
                  "wait for it to end, or choose another directory with --run-dir");
    }
    if (!announced && !free) {
      std::fprintf(stderr, "musicmem: %s is in use; waiting for it\n", file_.parent_path().c_str());
      announced = true;
    }
    std::this_thread::sleep_for(look_interval);
  }
  heart_ = std::jthread([this](const std::stop_token& released) { beat(released); });
}

Lease::~Lease() {
  heart_.request_stop();
  heart_.join();
  try {
    const auto holder = read_holder(file_);
    if (holder && holder->identity() == identity()) ::unlink(file_.c_str());
  } catch (const Error&) {
    return;  // who comes next finds its process gone, or its counter standing still
  }
}

void Lease::beat_while(std::function<bool()> is_whole) {
  const std::lock_guard lock(mutex_);
  is_whole_ = std::move(is_whole);
}

std::string Lease::identity() const {
  return this_process(epoch_, 0).identity();
}

void Lease::beat(const std::stop_token& released) {
  const LeaseClaim claim(file_, identity());
  std::condition_variable_any wake;
  for (std::uint64_t counter = 2;; ++counter) {
    std::unique_lock lock(mutex_);
    wake.wait_for(lock, released, beat_interval, [] { return false; });
    if (released.stop_requested()) return;
    if (is_whole_ && !is_whole_()) continue;
    try {
      claim.require_held();
      data::write_file_durably(file_, text(counter));
    } catch (const std::exception&) {
      continue;  // a full disk or a lost lease: the next commit says so where it can be acted on
    }
  }
}

std::string Lease::text(std::uint64_t counter) const {
  return json(this_process(epoch_, counter)).dump() + "\n";
}

void LeaseClaim::require_held() const {
  const auto holder = read_holder(file_);
  if (holder && holder->identity() == identity_) return;
  throw Error("was taken over by another start of the program while this one was cut off or stood still",
              file_.parent_path().string(),
              "this one stops; let the other finish, or run the command again after it",
              ErrorKind::lost_lease);
}

std::optional<LeaseHolder> look_at_lease(const fs::path& file, std::chrono::milliseconds patience) {
  const auto first = read_holder(file);
  if (!first || first->pid == 0) return std::nullopt;
  LeaseHolder result{first->host, first->pid, false};
  if (first->is_on_this_host()) {
    result.alive = !first->is_dead_here();
    return result;
  }
  // The file's time is only a hint that saves the wait: clocks may differ.
  std::error_code error;
  const auto written = fs::last_write_time(file, error);
  result.alive = !error && std::chrono::abs(fs::file_time_type::clock::now() - written) < 2 * beat_interval;
  for (const auto end = Clock::now() + patience; !result.alive && Clock::now() < end;) {
    std::this_thread::sleep_for(look_interval);
    const auto again = read_holder(file);
    result.alive = again && (again->counter != first->counter || again->epoch != first->epoch);
  }
  return result;
}

}  // namespace musicmem::launcher
