// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/communicator.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace musicmem::distributed {

// What a rank does, and since how many seconds.
struct Activity {
  std::string work;
  std::string wait;  // empty unless it waits
  double seconds = 0.0;
  std::vector<int> among;  // ranks that may be waited for; empty for all
};

// Tells a rank that is slow from one that is gone.
//
// A thread of every rank exchanges signs of life with rank 0 on a communicator of its own, so that a rank
// that computes for hours is alive, and one that is stopped, cut off or dead is missed. The signs carry what
// the rank is doing; rank 0 reports ranks that have been silent, and ranks that others have waited for, by
// node. Ranks that all wait, none at work, wait in vain and are ended like ones of which some are gone. A
// rank that was stopped itself first listens before it judges.
class StallWatch {
 public:
  struct Options {
    std::chrono::duration<double> warning{60.0};  // without a sign of life, or in one wait, until a report
    std::chrono::duration<double> abort{
        600.0};  // without a sign of life, or with all in a wait, until on_abort
    std::chrono::duration<double> interval{1.0};  // between signs of life
    // Called on the watch's thread with one line of text: of a stall, again each time it has
    // lasted twice as long, and when the job is to be ended because a rank is gone or none is
    // at work. on_abort is called once.
    std::function<void(const std::string& report)> on_report;
    std::function<void(const std::string& report)> on_abort;
  };

  // Collective. `nodes`: of each rank. With one rank there is nothing to watch.
  StallWatch(Communicator& ranks, std::vector<std::string> nodes, Options options);
  // Without finish(), which means that this rank fails: says nothing more, and leaves the others to find out.
  ~StallWatch();
  StallWatch(const StallWatch&) = delete;
  StallWatch& operator=(const StallWatch&) = delete;

  // What this rank does from now on, for the reports of rank 0: "fit svr/...".
  void working_on(const std::string& step);
  // What it waits for; empty: the wait is over, and it works on the same as before. For observe_waits().
  // `among`: the ranks that take part; empty for all.
  void waiting_for(const std::string& what, std::vector<int> among = {});

  // How long the rank that was heard of last has been silent; for any thread.
  std::chrono::duration<double> longest_silence() const { return std::chrono::duration<double>(silence_); }

  // Collective: ends the watch. Every rank has said its last word then.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;

  // The other end of an exchange of signs: for rank 0 each other rank, for those rank 0.
  struct Peer {
    int rank = 0;
    bool asked = false;  // a sign of life is on its way
    Clock::time_point last_asked;
    Clock::time_point last_heard;
    double reported = 0.0;  // seconds of silence at the last report
    Activity activity;
  };

  void run(const std::stop_token& stop);
  void exchange_signs();
  void hear(Peer& peer, const std::string& bytes);
  void discount_own_pause();
  void judge();
  void judge_silence();
  void judge_waits();
  void judge_deadlock();
  void finish_exchange();
  Activity own_activity() const;
  std::string name_of(int rank) const;

  std::vector<std::string> nodes_;
  Options options_;
  std::unique_ptr<Communicator> channel_;
  std::vector<Peer> peers_;
  std::vector<Activity> activities_;  // rank 0: of all ranks, by rank
  Clock::time_point last_look_;
  double wait_reported_ = 0.0;      // seconds of the longest wait at the last report
  double deadlock_reported_ = 0.0;  // seconds that all ranks have waited at the last report
  std::atomic<bool> finishes_ = false;
  std::atomic<double> silence_ = 0.0;
  bool gone_ = false;  // on_abort was called, or rank 0 has ended the exchange

  mutable std::mutex mutex_;  // of what follows
  Activity own_;
  Clock::time_point own_since_;
  std::jthread thread_;
};

}  // namespace musicmem::distributed
