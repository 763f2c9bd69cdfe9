// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/ridge.h"

#include "config/error.h"
#include "config/settings/model.h"
#include "models/coalitions/coalition_scores.h"
#include "models/tables/eigen_matrix.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <numeric>

namespace musicmem::models {
namespace {

// (gram + alpha) z = right; of several solutions the shortest.
Eigen::VectorXd solve(Eigen::MatrixXd gram, double alpha, const Eigen::VectorXd& right) {
  gram.diagonal().array() += alpha;
  const Eigen::LLT<Eigen::MatrixXd> factor(gram);
  if (alpha > 0.0 && factor.info() == Eigen::Success) return factor.solve(right);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(gram);
  const Eigen::VectorXd& values = solver.eigenvalues();
  const double least = values.cwiseAbs().maxCoeff() * static_cast<double>(values.size()) *
                       std::numeric_limits<double>::epsilon();
  const Eigen::VectorXd inverse = (values.array() > least).select(values.array().inverse(), 0.0);
  return solver.eigenvectors() * (inverse.asDiagonal() * (solver.eigenvectors().transpose() * right));
}

}  // namespace

RidgeRegressor::RidgeRegressor(const weights::StateFile& state)
    : slope_(state.double_array("slope").values), intercept_(state.number("intercept")) {
  if (state.double_array("slope").shape.size() != 1) throw Error("array 'slope' is not a list", state.origin);
}

void RidgeRegressor::fit(const TrainingSet& train, const TrainingSet&, std::uint64_t) {
  assert(train.rows() > 0);
  const auto x = mapped(train.x);
  const auto y = mapped(train.y);
  Eigen::VectorXd weights = Eigen::VectorXd::Ones(y.size());
  if (!train.row_weights.empty()) weights = mapped(train.row_weights);
  const double all = weights.sum();
  const Eigen::RowVectorXd x_mean = weights.transpose() * x / all;
  const double y_mean = weights.dot(y) / all;
  const Eigen::VectorXd root = weights.cwiseSqrt();
  const RowMajor centred = (x.rowwise() - x_mean).array().colwise() * root.array();
  const Eigen::VectorXd target = (y.array() - y_mean) * root.array();
  const bool is_tall = centred.rows() >= centred.cols();
  const Eigen::VectorXd slope =
      is_tall ? solve(smaller_gram(centred), alpha_, centred.transpose() * target)
              : Eigen::VectorXd(centred.transpose() * solve(smaller_gram(centred), alpha_, target));
  slope_.assign(slope.data(), slope.data() + slope.size());
  intercept_ = y_mean - x_mean.dot(slope);
}

std::vector<double> RidgeRegressor::predict(const data::Matrix& x) const {
  std::vector<double> scores;
  for (std::size_t r = 0; r < x.rows(); ++r)
    scores.push_back(std::inner_product(slope_.begin(), slope_.end(), x.row(r).begin(), intercept_));
  return scores;
}

// A feature moves the score alone, from the background's mean to the row's value.
data::Matrix RidgeRegressor::coalition_scores(const data::Matrix& x, const Coalitions& coalitions,
                                              const Background& background) const {
  const Eigen::VectorXd mean = mapped(background.rows).transpose() * mapped(background.weights);
  const double base = intercept_ + mapped(slope_).dot(mean);
  data::Matrix scores(x.rows(), coalitions.size());
  BlockTables<std::plus<>> sums(slope_.size(), x.rows(), 0.0);
  data::Matrix moves(slope_.size(), x.rows());
  mapped(moves) =
      ((mapped(x).rowwise() - mean.transpose()).array().rowwise() * mapped(slope_).transpose().array())
          .transpose();
  sums.fill(moves);
  std::vector<double> lanes(x.rows());
  for (std::size_t z = 0; z < coalitions.size(); ++z) {
    std::fill(lanes.begin(), lanes.end(), base);
    sums.apply(coalitions.masks[z], lanes.data());
    for (std::size_t r = 0; r < x.rows(); ++r) scores(r, z) = lanes[r];
  }
  return scores;
}

void RidgeRegressor::save(weights::StateFile& state) const {
  state.texts["model_name"] = ridge_model.name;
  state.numbers["intercept"] = intercept_;
  state.doubles["slope"] = {{slope_.size()}, slope_};
}

namespace {

// A product of the rows with themselves, and its factors.
FitCosts costs_of_ridge(const config::ModelSpec&, std::uint64_t rows, std::uint64_t columns) {
  constexpr double per_product = 1e-9;
  constexpr std::uint64_t usual_columns = 35;  // where they are not known yet
  const auto n = static_cast<double>(rows);
  const auto p = static_cast<double>(columns == 0 ? usual_columns : columns);
  const double smaller = std::min(n, p);
  const auto gram = static_cast<std::uint64_t>(smaller * smaller * 3.0 * sizeof(double));
  const std::uint64_t weights = std::max<std::uint64_t>(columns, 1) * 3 * sizeof(double);
  return {per_product * (n * p * smaller + smaller * smaller * smaller), weights,
          gram + bytes_of_copies(4, weights, rows, columns)};
}

}  // namespace

constinit const TableModel ridge_model = {
    "ridge",
    [](const config::ModelSpec& model, const FitLimits&) -> std::unique_ptr<Regressor> {
      return std::make_unique<RidgeRegressor>(model.ridge.alpha);
    },
    [](const weights::StateFile& state) -> std::unique_ptr<Regressor> {
      return std::make_unique<RidgeRegressor>(state);
    },
    costs_of_ridge, [](const config::ModelSpec&) { return true; }};

}  // namespace musicmem::models
