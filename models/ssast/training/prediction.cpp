// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/training/prediction.h"

#include "distributed/wire.h"
#include "models/ssast/training/batches.h"
#include "models/ssast/training/spectrogram_reader.h"
#include "models/ssast/training/step.h"

#include <span>

namespace musicmem::models {
namespace {

// Rows whose inputs lie in memory at a time.
constexpr std::size_t rows_at_once = 32;

std::vector<double> predict_share(SsastStep& step, SpectrogramSource& source, const SpectrogramInput& input,
                                  std::span<const std::size_t> rows) {
  std::vector<double> scores;
  for (std::size_t begin = 0; begin < rows.size(); begin += rows_at_once) {
    const auto part = rows.subspan(begin, std::min(rows_at_once, rows.size() - begin));
    const RowsToRead request{{part.begin(), part.end()}, {}};
    const std::vector<double> some = step.predict(read_batch(source, input, request));
    scores.insert(scores.end(), some.begin(), some.end());
  }
  return scores;
}

}  // namespace

std::vector<double> predict_ssast(SsastStep& step, SpectrogramSource& source, const SpectrogramInput& input,
                                  const std::vector<std::size_t>& rows, distributed::Communicator& group) {
  std::vector<double> scores;
  distributed::together(group, "predicting", [&] {
    const Share own = Share::of(rows.size(), static_cast<std::size_t>(group.rank()),
                                static_cast<std::size_t>(group.size()));
    scores = predict_share(step, source, input, std::span(rows).subspan(own.begin, own.size()));
  });
  std::vector<double> all;
  for (const std::vector<double>& part : all_gather(group, scores, "gathering predictions")) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace musicmem::models
