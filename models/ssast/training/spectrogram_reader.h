// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/ssast/spectrogram_input.h"
#include "models/ssast/spectrogram_source.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

namespace musicmem::models {

// Rows to read together; `seeds` (one a row) make them as training wants them, none as prediction does.
struct RowsToRead {
  std::vector<std::size_t> rows;
  std::vector<std::uint64_t> seeds;
};

// Inputs of those rows, one after the other.
struct SpectrogramBatch {
  std::vector<std::size_t> rows;
  std::vector<float> values;
};

// Makes the inputs of one request on the caller's thread.
SpectrogramBatch read_batch(SpectrogramSource& source, const SpectrogramInput& input,
                            const RowsToRead& request);

// Reads ahead of the training step on a thread of its own: at most `ahead` batches lie ready at any time.
class SpectrogramReader {
 public:
  // `next` gives the requests in order, and nothing after the last; the reader's thread calls it. Source and
  // input must outlive the reader.
  SpectrogramReader(SpectrogramSource& source, const SpectrogramInput& input,
                    std::function<std::optional<RowsToRead>()> next, std::size_t ahead);
  ~SpectrogramReader();
  SpectrogramReader(const SpectrogramReader&) = delete;
  SpectrogramReader& operator=(const SpectrogramReader&) = delete;

  // The next batch, waiting for it if need be. Throws what reading it threw. There must be one.
  SpectrogramBatch take();

  // How long take() has waited in all.
  double waited_seconds() const { return waited_seconds_; }

 private:
  void run(const std::stop_token& stop);

  SpectrogramSource& source_;
  const SpectrogramInput& input_;
  std::function<std::optional<RowsToRead>()> next_;
  std::size_t ahead_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<SpectrogramBatch> ready_;
  std::exception_ptr error_;
  bool ended_ = false;
  double waited_seconds_ = 0.0;
  std::jthread thread_;
};

}  // namespace musicmem::models
