// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/setting.h"

#include <optional>

namespace musicmem::config {

enum class Precision { bf16, fp32 };

constexpr Words<Precision, 2> words(Precision) {
  return {{{"bf16", Precision::bf16}, {"fp32", Precision::fp32}}};
}

struct Runtime {
  std::optional<int> threads_per_rank = std::nullopt;  // empty: cores of the rank
  std::optional<int> ranks_per_model = std::nullopt;   // empty: one per fit
  bool keep_going = true;
  bool deterministic = true;
  Precision precision = Precision::bf16;
  bool tf32 = true;
  int pretend_gpus = 0;
  double stall_warning = 60.0;
  double stall_abort = 600.0;
  bool trace = false;
};

// The plan does not know what the ranks compute on, and a study may be continued where there are no GPUs: it
// is the settings of their arithmetic that count, not whether there are any.
template <class V, SettingsOf<Runtime> S>
void visit(V& v, S& runtime) {
  using enum Effect;
  constexpr double week = 7 * 24 * 3600.0;
  v("threads_per_rank", runtime.threads_per_rank, nothing, WordOr<int>{"auto", {1, 4096}},
    "threads of ssast; auto: the cores of the rank");
  v("ranks_per_model", runtime.ranks_per_model, nothing, WordOr<int>{"auto", {1, 65536}},
    "ranks that train one fit of ssast together; auto: one");
  v("keep_going", runtime.keep_going, nothing, "a failed task does not stop the others");
  v("deterministic", runtime.deterministic, nothing, "groups of the same size compute the same bits");
  v("precision", runtime.precision, spectrogram_fits,
    "of GPUs' matrix products; CPUs compute in fp32 whatever it says");
  v.matters_if(runtime.precision == Precision::fp32, "precision: fp32", [&] {
    v("tf32", runtime.tf32, spectrogram_fits, "GPUs may round factors of fp32 products to tf32");
  });
  v("pretend_gpus", runtime.pretend_gpus, nothing, between(0, 1024),
    "on each node, for --dry-run: roles and groups as if these were there");
  v("stall_warning", runtime.stall_warning, nothing, between(1.0, week),
    "seconds without a sign of life until a rank is reported");
  v("stall_abort", runtime.stall_abort, nothing, between(1.0, week),
    "and until the job ends with exit code 75, to be started again");
  v("trace", runtime.trace, nothing, "write logs/trace.json, a timeline in Chrome's trace format");
}

std::optional<Conflict> conflict(const Runtime& runtime);

}  // namespace musicmem::config
