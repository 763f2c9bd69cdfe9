// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/kind.h"

#include "config/settings/model.h"
#include "models/ssast/predictor.h"

#include <array>

namespace musicmem::models {
namespace {

// By size: nano, tiny, small, base.
constexpr std::array<double, 4> seconds_per_row = {0.01, 0.5, 1.5, 4.0};  // and epoch
constexpr std::array<std::uint64_t, 4> million_weights = {1, 6, 23, 88};

// Beside its weights a fit holds gradients, moments and activations.
FitCosts costs_of_ssast(const config::ModelSpec& model, std::uint64_t rows, std::uint64_t columns) {
  const auto size = static_cast<std::size_t>(model.ssast.size);
  const std::uint64_t weights = million_weights[size] * 1000000 * sizeof(float);
  return {seconds_per_row[size] * static_cast<double>(rows) * model.ssast.training.epochs, weights,
          bytes_of_copies(6, weights, rows, columns)};
}

}  // namespace

constinit const ModelKind ssast_kind = {
    .name = "ssast",
    .costs = costs_of_ssast,
    .fit = [](const FoldFitRequest& request, const FitRun& run) { return fit_ssast_late(request, run); },
    .load_checkpoint = [](const weights::PthFile& file, const SsastAnswers& answers)
        -> std::unique_ptr<Predictor> { return std::make_unique<SsastPredictor>(file, answers); },
    .check = [](const config::Experiment& experiment,
                const config::ModelSpec& model) { return check_ssast_late(experiment, model); }};

}  // namespace musicmem::models
