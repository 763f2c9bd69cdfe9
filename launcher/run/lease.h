// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/error.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace musicmem::launcher {

// What any rank of a program needs in order to see that the run is still its program's.
class LeaseClaim {
 public:
  // `identity`: of the program that took the lease, from Lease::identity() on whichever rank holds it.
  LeaseClaim(std::filesystem::path file, std::string identity)
      : file_(std::move(file)), identity_(std::move(identity)) {}

  // Reads the lease again, as is due before every commit. Throws Error, of kind lost_lease if it is not this
  // program's any more: another owns the run, which believed this one dead.
  void require_held() const;

 private:
  std::filesystem::path file_;
  std::string identity_;
};

// Who holds a lease, for people and for other programs.
struct LeaseHolder {
  std::string host;
  int pid = 0;
  bool alive = false;  // on this host: the process lives; on another: its heart beats
};

// Looks at a lease without touching it. Empty where nobody holds it. A holder on another host is watched for
// up to `patience`, unless the file is fresh.
std::optional<LeaseHolder> look_at_lease(const std::filesystem::path& file,
                                         std::chrono::milliseconds patience = std::chrono::seconds(5));

// The right of one program to write a run directory, held while the object lives.
//
// The lease is a file that names the holder's host, boot, process and epoch, and a counter that the holder
// keeps raising. A holder that is dead on this host is followed at once; one on another host once its counter
// has stood still for 15 s. It does not rely on file locks, which network file systems may lack, nor on
// clocks of other hosts.
class Lease {
 public:
  // Takes the lease, or waits up to 20 s for it. Throws Error that names the holder.
  explicit Lease(std::filesystem::path file);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  // From now on the counter is raised only while `is_whole` holds, asked on the lease's own thread: a program
  // that has lost some of its ranks lets another start follow it. Empty: always.
  void beat_while(std::function<bool()> is_whole);

  // Of this program and this epoch: what a LeaseClaim is made with on the other ranks.
  std::string identity() const;

 private:
  void beat(const std::stop_token& released);
  std::string text(std::uint64_t counter) const;

  std::filesystem::path file_;
  std::uint64_t epoch_ = 0;
  std::mutex mutex_;
  std::function<bool()> is_whole_;
  std::jthread heart_;
};

}  // namespace musicmem::launcher
