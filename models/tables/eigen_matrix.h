// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/matrix.h"

#define EIGEN_DONT_PARALLELIZE  // results do not depend on the number of threads
#include <Eigen/Dense>

// data::Matrix as Eigen sees it, without a copy.
namespace musicmem::models {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

inline Eigen::Map<const RowMajor> mapped(const data::Matrix& x) {
  return {x.values().data(), static_cast<Eigen::Index>(x.rows()), static_cast<Eigen::Index>(x.columns())};
}
inline Eigen::Map<RowMajor> mapped(data::Matrix& x) {
  return {x.values().data(), static_cast<Eigen::Index>(x.rows()), static_cast<Eigen::Index>(x.columns())};
}
inline Eigen::Map<const Eigen::VectorXd> mapped(const std::vector<double>& values) {
  return {values.data(), static_cast<Eigen::Index>(values.size())};
}

// x' x [columns, columns] of tall rows, x x' [rows, rows] of wide ones: the smaller, lower half only.
inline Eigen::MatrixXd smaller_gram(const RowMajor& x) {
  const bool is_tall = x.rows() >= x.cols();
  const Eigen::Index size = is_tall ? x.cols() : x.rows();
  Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(size, size);
  if (is_tall) {
    gram.selfadjointView<Eigen::Lower>().rankUpdate(x.transpose());
  } else {
    gram.selfadjointView<Eigen::Lower>().rankUpdate(x);
  }
  return gram;
}

}  // namespace musicmem::models
