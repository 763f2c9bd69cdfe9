// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

namespace musicmem::launcher {

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

  // Throws Error if another program has taken the lease over (this one was believed dead).
  void require_held() const;

 private:
  void beat();
  std::string text(std::uint64_t counter) const;

  std::filesystem::path file_;
  std::uint64_t epoch_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool released_ = false;
  std::thread heart_;
};

}  // namespace musicmem::launcher
