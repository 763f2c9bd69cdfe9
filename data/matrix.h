// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cassert>
#include <cstddef>
#include <span>
#include <vector>

namespace musicmem::data {

// A dense row-major matrix of doubles, rows x columns.
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::size_t rows, std::size_t columns, double value = 0.0)
      : rows_(rows), columns_(columns), values_(rows * columns, value) {}

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  bool empty() const { return values_.empty(); }

  double& operator()(std::size_t r, std::size_t c) { return values_[r * columns_ + c]; }
  double operator()(std::size_t r, std::size_t c) const { return values_[r * columns_ + c]; }
  std::span<double> row(std::size_t r) { return {values_.data() + r * columns_, columns_}; }
  std::span<const double> row(std::size_t r) const { return {values_.data() + r * columns_, columns_}; }

  std::vector<double>& values() { return values_; }
  const std::vector<double>& values() const { return values_; }

  // Adds one row; the first row of an empty 0 x 0 matrix sets the number of columns.
  void append_row(std::span<const double> row) {
    if (rows_ == 0 && columns_ == 0) columns_ = row.size();
    assert(row.size() == columns_);
    values_.insert(values_.end(), row.begin(), row.end());
    ++rows_;
  }

  bool operator==(const Matrix&) const = default;

 private:
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  std::vector<double> values_;
};

}  // namespace musicmem::data
