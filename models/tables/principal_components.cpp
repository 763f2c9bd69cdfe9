// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tables/principal_components.h"

#include "config/error.h"
#include "models/tables/eigen_matrix.h"

#include <algorithm>
#include <cassert>
#include <string>

namespace musicmem::models {
namespace {

// How many of the variances, which fall, are kept.
Eigen::Index kept(const Eigen::VectorXd& variances, const ComponentCount& count) {
  if (count.number > 0) return static_cast<Eigen::Index>(count.number);
  const double all = variances.sum();
  double held = 0.0;
  for (Eigen::Index i = 0; i < variances.size(); ++i) {
    held += variances[i] / all;
    if (held > count.share) return i + 1;
  }
  return variances.size();
}

}  // namespace

void require_enough(const ComponentCount& count, std::size_t rows, std::size_t columns) {
  const std::size_t most = std::min(rows, columns);
  if (count.number <= most) return;
  throw Error("pca asks for " + std::to_string(count.number) + " components of " + std::to_string(rows) +
                  " training rows with " + std::to_string(columns) + " columns",
              "", "set pca to at most " + std::to_string(most) + ", or to a share of variance such as 0.95");
}

PrincipalComponents PrincipalComponents::of(const data::Matrix& x, const ComponentCount& count) {
  require_enough(count, x.rows(), x.columns());
  const Eigen::RowVectorXd mean = mapped(x).colwise().mean();
  const RowMajor centred = mapped(x).rowwise() - mean;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(smaller_gram(centred));
  const Eigen::VectorXd variances = solver.eigenvalues().reverse().cwiseMax(0.0);
  if (!(variances.size() > 0 && variances[0] > 0.0))
    throw Error("pca finds no variance: all training rows are the same");
  const Eigen::Index components = kept(variances, count);
  const Eigen::MatrixXd vectors = solver.eigenvectors().rowwise().reverse().leftCols(components);

  PrincipalComponents result;
  result.mean.assign(mean.data(), mean.data() + mean.size());
  result.directions = data::Matrix(static_cast<std::size_t>(components), x.columns());
  auto directions = mapped(result.directions);
  const bool over_columns = x.rows() >= x.columns();
  directions = over_columns ? RowMajor(vectors.transpose()) : RowMajor(vectors.transpose() * centred);
  for (Eigen::Index c = 0; c < components; ++c) {
    const double length = directions.row(c).norm();
    if (length > 0.0) directions.row(c) /= length;
    Eigen::Index largest = 0;
    directions.row(c).cwiseAbs().maxCoeff(&largest);
    if (directions(c, largest) < 0.0) directions.row(c) *= -1.0;
  }
  return result;
}

data::Matrix PrincipalComponents::apply(const data::Matrix& x) const {
  assert(x.columns() == mean.size());
  data::Matrix scores(x.rows(), directions.rows());
  mapped(scores).noalias() =
      (mapped(x).rowwise() - mapped(mean).transpose()) * mapped(directions).transpose();
  return scores;
}

std::vector<double> PrincipalComponents::slope_over_columns(const std::vector<double>& slope) const {
  assert(slope.size() == directions.rows());
  const Eigen::VectorXd over_columns = mapped(directions).transpose() * mapped(slope);
  return {over_columns.data(), over_columns.data() + over_columns.size()};
}

}  // namespace musicmem::models
