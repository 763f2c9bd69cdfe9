// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/svr.h"

#include "config/error.h"
#include "config/settings/model.h"
#include "models/svm/solver.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace musicmem::models {
namespace {

// scikit-learn's gamma="scale".
double scale_gamma(const data::Matrix& x) {
  const std::vector<double>& values = x.values();
  const double n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double variance = 0.0;
  for (const double value : values) variance += (value - mean) * (value - mean);
  variance /= n;
  return variance > 0.0 ? 1.0 / (static_cast<double>(x.columns()) * variance) : 1.0;
}

}  // namespace

SvrRegressor::SvrRegressor(const config::SvrSettings& settings, const FitLimits& limits)
    : settings_(settings), limits_(limits) {}

SvrRegressor::SvrRegressor(const weights::StateFile& state) : intercept_(state.number("intercept")) {
  if (state.doubles.contains("slope")) {
    const weights::Array<double>& slope = state.double_array("slope");
    if (slope.shape.size() != 1) throw Error("array 'slope' is not a list", state.origin);
    slope_ = slope.values;
    return;
  }
  gamma_ = state.number("gamma");
  const weights::Array<double>& vectors = state.double_array("support_vectors");
  if (vectors.shape.size() != 2) throw Error("array 'support_vectors' is not a matrix", state.origin);
  support_vectors_ = data::Matrix(vectors.shape[0], vectors.shape[1]);
  support_vectors_.values() = vectors.values;
  coefficients_ = state.double_array("coefficients", {vectors.shape[0]});
  packed_ = PackedRows(support_vectors_);
}

void SvrRegressor::fit(const TrainingSet& train, const TrainingSet&, std::uint64_t) {
  assert(train.rows() > 0 && train.x.rows() == train.rows());
  gamma_ = settings_.gamma.value_or(scale_gamma(train.x));
  const SvmKernel between = {settings_.kernel, gamma_};
  std::optional<KernelRows> own;
  KernelRows& kernel = limits_.kernels != nullptr
                           ? limits_.kernels->rows(train.x, between, limits_.memory_bytes)
                           : own.emplace(train.x, between, limits_.memory_bytes);
  keep(train.x,
       solve_svr(kernel, {train.y, settings_.c, settings_.epsilon, settings_.tolerance, train.row_weights}));
}

void SvrRegressor::keep(const data::Matrix& x, const SvrSolution& solution) {
  intercept_ = solution.intercept;
  if (settings_.kernel == config::SvrKernel::linear) slope_.assign(x.columns(), 0.0);
  support_vectors_ = data::Matrix(0, x.columns());
  for (std::size_t i = 0; i < x.rows(); ++i) {
    const double coefficient = solution.coefficients[i];
    if (coefficient == 0.0) continue;
    if (is_linear()) {
      for (std::size_t c = 0; c < slope_.size(); ++c) slope_[c] += coefficient * x(i, c);
    } else {
      coefficients_.push_back(coefficient);
      support_vectors_.append_row(x.row(i));
    }
  }
  packed_ = PackedRows(support_vectors_);
}

std::vector<double> SvrRegressor::predict(const data::Matrix& x) const {
  assert(x.columns() == inputs());
  std::vector<double> scores;
  if (is_linear()) {
    for (std::size_t r = 0; r < x.rows(); ++r) {
      scores.push_back(std::inner_product(slope_.begin(), slope_.end(), x.row(r).begin(), intercept_));
    }
    return scores;
  }
  constexpr std::size_t most_rows = 64;  // at once: their kernel is a matrix
  for (std::size_t first = 0; first < x.rows(); first += most_rows) {
    data::Matrix some(0, x.columns());
    for (std::size_t r = first; r < std::min(first + most_rows, x.rows()); ++r) some.append_row(x.row(r));
    const data::Matrix kernel = kernel_between(some, packed_, {settings_.kernel, gamma_});
    for (std::size_t r = 0; r < some.rows(); ++r)
      scores.push_back(
          std::inner_product(coefficients_.begin(), coefficients_.end(), kernel.row(r).begin(), 0.0) +
          intercept_);
  }
  return scores;
}

std::optional<std::vector<double>> SvrRegressor::linear_slope() const {
  return is_linear() ? std::optional(slope_) : std::nullopt;
}

void SvrRegressor::save(weights::StateFile& state) const {
  state.texts["model_name"] = svr_model.name;
  state.numbers["intercept"] = intercept_;
  if (is_linear()) {
    state.doubles["slope"] = {{slope_.size()}, slope_};
    return;
  }
  state.numbers["gamma"] = gamma_;
  state.doubles["support_vectors"] = {{support_vectors_.rows(), support_vectors_.columns()},
                                      support_vectors_.values()};
  state.doubles["coefficients"] = {{coefficients_.size()}, coefficients_};
}

namespace {

// SMO grows with the square of the rows. Beside its kernel's cache a fit holds scaled copies of them.
FitCosts costs_of_svr(const config::ModelSpec&, std::uint64_t rows, std::uint64_t columns) {
  constexpr double per_row_pair = 1e-8;
  constexpr std::uint64_t largest_cache = std::uint64_t{4} << 30;
  const auto n = static_cast<double>(rows);
  const std::uint64_t weights = rows * columns * sizeof(double);
  return {per_row_pair * n * n, weights,
          std::min(rows * rows * sizeof(float), largest_cache) + bytes_of_copies(3, weights, rows, columns)};
}

bool is_linear_svr(const config::ModelSpec& model) {
  return model.svr.kernel == config::SvrKernel::linear;
}

// An epsilon from the deviation of the labels on: most of them lie inside the tube.
std::string warning_of_epsilon(const config::ModelSpec& model, double label_deviation) {
  const bool is_searched = std::ranges::find(model.search.settings, "epsilon",
                                             &config::SearchedSetting::key) != model.search.settings.end();
  if (is_searched || model.svr.epsilon < label_deviation) return "";
  constexpr double share = 0.2;  // of the deviation: most labels lie outside the tube
  return fmt::format(
      "models.{}.epsilon is {:.2g}, the standard deviation of the scores {:.2g}: the model predicts "
      "nearly a constant; set it to about {:.2g}",
      model.label, model.svr.epsilon, label_deviation, share * label_deviation);
}

// One kernel serves all of them.
constexpr std::string_view settings_beside_the_kernel[] = {"C", "epsilon", "tolerance"};

}  // namespace

constinit const TableModel svr_model = {
    "svr",
    [](const config::ModelSpec& model, const FitLimits& limits) -> std::unique_ptr<Regressor> {
      return std::make_unique<SvrRegressor>(model.svr, limits);
    },
    [](const weights::StateFile& state) -> std::unique_ptr<Regressor> {
      return std::make_unique<SvrRegressor>(state);
    },
    costs_of_svr,
    is_linear_svr,
    warning_of_epsilon,
    settings_beside_the_kernel};

}  // namespace musicmem::models
