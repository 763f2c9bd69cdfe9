// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/stall_watch.h"

#include "distributed/wire.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <utility>

#include <fmt/ranges.h>

namespace musicmem::distributed {
namespace {

constexpr int ask_tag = 1;   // rank 0 to another rank: are you there?
constexpr int sign_tag = 2;  // the answer, with what the rank does
constexpr int end_tag = 3;   // rank 0 asks no more
constexpr const char* step = "exchanging signs of life";

using Seconds = std::chrono::duration<double>;

std::string seconds_text(double seconds) {
  return seconds < 10.0 ? fmt::format("{:.1f} s", seconds) : fmt::format("{:.0f} s", seconds);
}

}  // namespace

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Activity, work, wait, seconds, among)

StallWatch::StallWatch(Communicator& ranks, std::vector<std::string> nodes, Options options)
    : nodes_(std::move(nodes)), options_(std::move(options)), own_since_(Clock::now()) {
  own_.work = "the start";
  if (ranks.size() == 1) return;
  channel_ = ranks.duplicate();
  const auto now = Clock::now();
  last_look_ = now;
  activities_.resize(static_cast<std::size_t>(ranks.size()));
  const int first = ranks.rank() == 0 ? 1 : 0;
  const int last = ranks.rank() == 0 ? ranks.size() - 1 : 0;
  for (int rank = first; rank <= last; ++rank) peers_.push_back({rank, false, now, now, 0.0, {}});
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

StallWatch::~StallWatch() = default;

void StallWatch::working_on(const std::string& work) {
  const std::lock_guard lock(mutex_);
  own_.work = work;
  own_since_ = Clock::now();
}

void StallWatch::waiting_for(const std::string& what, std::vector<int> among) {
  const std::lock_guard lock(mutex_);
  own_.wait = what;
  own_.among = std::move(among);
  own_since_ = Clock::now();
}

void StallWatch::finish() {
  if (!thread_.joinable()) return;
  finishes_ = true;
  thread_.request_stop();
  thread_.join();
}

Activity StallWatch::own_activity() const {
  const std::lock_guard lock(mutex_);
  return {own_.work, own_.wait, Seconds(Clock::now() - own_since_).count(), own_.among};
}

std::string StallWatch::name_of(int rank) const {
  return "rank " + std::to_string(rank) + " (" + nodes_[static_cast<std::size_t>(rank)] + ")";
}

void StallWatch::run(const std::stop_token& stop) {
  const Seconds pause = std::min<Seconds>(options_.interval / 4, std::chrono::milliseconds(100));
  try {
    while (!stop.stop_requested() && !gone_) {
      discount_own_pause();
      exchange_signs();
      judge();
      std::this_thread::sleep_for(pause);
    }
    if (finishes_) finish_exchange();
  } catch (const std::exception& error) {
    if (options_.on_report) options_.on_report(std::string("the watch for stalls ends: ") + error.what());
  }
}

// While this process stood still it heard nobody, which says nothing about the others.
void StallWatch::discount_own_pause() {
  const auto now = Clock::now();
  const auto gap = now - last_look_;
  last_look_ = now;
  if (gap < options_.interval * 2) return;
  for (Peer& peer : peers_) peer.last_heard += gap;
}

void StallWatch::exchange_signs() {
  const auto now = Clock::now();
  if (channel_->rank() != 0) {
    while (channel_->try_receive(ask_tag)) {
      peers_.front().last_heard = now;
      peers_.front().reported = 0.0;
      channel_->send(to_bytes(own_activity()), 0, sign_tag, step);
    }
    if (channel_->try_receive(end_tag)) gone_ = true;
    return;
  }
  while (auto sign = channel_->try_receive(sign_tag)) {
    hear(peers_[static_cast<std::size_t>(sign->source - 1)], sign->bytes);
  }
  // One question at a time for each rank: a rank that does not listen is not buried in them.
  for (Peer& peer : peers_) {
    if (peer.asked || now - peer.last_asked < options_.interval) continue;
    channel_->send("", peer.rank, ask_tag, step);
    peer.asked = true;
    peer.last_asked = now;
  }
}

void StallWatch::hear(Peer& peer, const std::string& bytes) {
  peer.activity = from_bytes<Activity>(bytes);
  peer.last_heard = Clock::now();
  peer.reported = 0.0;
  peer.asked = false;
}

void StallWatch::judge() {
  judge_silence();
  if (channel_->rank() != 0 || gone_) return;
  activities_[0] = own_activity();
  for (const Peer& peer : peers_) activities_[static_cast<std::size_t>(peer.rank)] = peer.activity;
  judge_waits();
  judge_deadlock();
}

void StallWatch::judge_silence() {
  const auto now = Clock::now();
  std::vector<std::string> silent;
  double longest = 0.0;
  bool report = false;
  for (Peer& peer : peers_) {
    const double silence = Seconds(now - peer.last_heard).count();
    longest = std::max(longest, silence);
    if (silence < options_.warning.count()) continue;
    const std::string last = peer.activity.work.empty() ? "" : ", last at '" + peer.activity.work + "'";
    silent.push_back(name_of(peer.rank) + last);
    if (peer.reported > 0.0 && silence < 2 * peer.reported) continue;
    peer.reported = silence;
    report = true;
  }
  silence_ = longest;
  if (silent.empty()) return;
  const std::string text =
      fmt::format("no sign of life for {} from {}", seconds_text(longest), fmt::join(silent, ", "));
  if (longest >= options_.abort.count()) {
    gone_ = true;
    if (options_.on_abort) options_.on_abort(text);
  } else if (report && options_.on_report) {
    options_.on_report(text);
  }
}

// The longest wait that several ranks share, and what the ranks that it lacks do instead.
void StallWatch::judge_waits() {
  const Activity* longest = nullptr;
  for (const Activity& activity : activities_) {
    if (activity.wait.empty() || activity.seconds < options_.warning.count()) continue;
    if (longest == nullptr || activity.seconds > longest->seconds) longest = &activity;
  }
  if (longest == nullptr) {
    wait_reported_ = 0.0;
    return;
  }
  if (wait_reported_ > 0.0 && longest->seconds < 2 * wait_reported_) return;

  std::vector<std::string> missing;
  for (std::size_t rank = 0; rank < activities_.size(); ++rank) {
    const Activity& other = activities_[rank];
    if (other.wait == longest->wait) continue;
    const std::vector<int>& among = longest->among;
    if (!among.empty() && std::find(among.begin(), among.end(), static_cast<int>(rank)) == among.end())
      continue;
    missing.push_back(name_of(static_cast<int>(rank)) + " at '" +
                      (other.wait.empty() ? other.work : other.wait) + "' for " +
                      seconds_text(other.seconds));
  }
  wait_reported_ = longest->seconds;
  if (missing.empty() || !options_.on_report) return;
  options_.on_report(fmt::format("waited {} in '{}' for {}", seconds_text(longest->seconds), longest->wait,
                                 fmt::join(missing, ", ")));
}

// Every rank waits, and has done so for long: what they wait for will not come.
void StallWatch::judge_deadlock() {
  double shortest = std::numeric_limits<double>::infinity();
  std::vector<std::string> waits;
  for (std::size_t rank = 0; rank < activities_.size(); ++rank) {
    const Activity& activity = activities_[rank];
    shortest = std::min(shortest, activity.wait.empty() ? 0.0 : activity.seconds);
    waits.push_back(name_of(static_cast<int>(rank)) + " in '" + activity.wait + "'");
  }
  if (shortest < options_.warning.count()) {
    deadlock_reported_ = 0.0;
    return;
  }
  const std::string text =
      fmt::format("no rank is at work for {}: {}", seconds_text(shortest), fmt::join(waits, ", "));
  if (shortest >= options_.abort.count()) {
    gone_ = true;
    if (options_.on_abort) options_.on_abort(text);
  } else if (shortest >= 2 * deadlock_reported_) {
    deadlock_reported_ = shortest;
    if (options_.on_report) options_.on_report(text);
  }
}

// Rank 0 waits a little for answers that are still on their way, so that no message is left over.
void StallWatch::finish_exchange() {
  const auto patience = Clock::now() + options_.interval * 5;
  const auto pause = std::chrono::milliseconds(2);
  if (channel_->rank() != 0) {
    while (!gone_ && Clock::now() < patience) {
      exchange_signs();
      std::this_thread::sleep_for(pause);
    }
    return;
  }
  const auto is_open = [](const Peer& peer) { return peer.asked; };
  while (std::any_of(peers_.begin(), peers_.end(), is_open) && Clock::now() < patience) {
    while (auto sign = channel_->try_receive(sign_tag)) {
      hear(peers_[static_cast<std::size_t>(sign->source - 1)], sign->bytes);
    }
    std::this_thread::sleep_for(pause);
  }
  for (const Peer& peer : peers_) channel_->send("", peer.rank, end_tag, step);
}

}  // namespace musicmem::distributed
