// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/training/spectrogram_reader.h"

#include <cassert>
#include <chrono>
#include <utility>

namespace musicmem::models {

SpectrogramBatch read_batch(SpectrogramSource& source, const SpectrogramInput& input,
                            const RowsToRead& request) {
  SpectrogramBatch batch{request.rows, std::vector<float>(request.rows.size() * input.size())};
  std::vector<float> raw(source.table().frames * spectrogram_bins);
  for (std::size_t i = 0; i < request.rows.size(); ++i) {
    source.read(request.rows[i], raw.data());
    const auto seed = request.seeds.empty() ? std::nullopt : std::optional(request.seeds[i]);
    input.make(raw, seed, std::span(batch.values).subspan(i * input.size(), input.size()));
  }
  return batch;
}

SpectrogramReader::SpectrogramReader(SpectrogramSource& source, const SpectrogramInput& input,
                                     std::function<std::optional<RowsToRead>()> next, std::size_t ahead)
    : source_(source),
      input_(input),
      next_(std::move(next)),
      ahead_(ahead),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

SpectrogramReader::~SpectrogramReader() {
  thread_.request_stop();
  thread_.join();
}

SpectrogramBatch SpectrogramReader::take() {
  const auto start = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !ready_.empty() || ended_; });
  waited_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (ready_.empty() && error_) std::rethrow_exception(error_);
  assert(!ready_.empty());
  SpectrogramBatch batch = std::move(ready_.front());
  ready_.pop_front();
  changed_.notify_all();
  return batch;
}

void SpectrogramReader::run(const std::stop_token& stop) {
  try {
    while (const auto request = next_()) {
      SpectrogramBatch batch = read_batch(source_, input_, *request);
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [&] { return ready_.size() < ahead_; })) return;
      ready_.push_back(std::move(batch));
      changed_.notify_all();
    }
  } catch (...) {
    error_ = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

}  // namespace musicmem::models
