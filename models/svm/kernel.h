// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/svr.h"
#include "data/matrix.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <vector>

namespace musicmem::models {

// What a support vector machine sees of two rows: exp(-gamma (a.a + b.b - 2 a.b)), or a.b of a linear one.
struct SvmKernel {
  config::SvrKernel kind = config::SvrKernel::rbf;
  double gamma = 0.0;  // of rbf

  double operator()(double aa, double bb, double ab) const;
  bool operator==(const SvmKernel&) const = default;
};

// Rows of numbers laid out so that the products of many of them with one are made together. A product is summed from
// the first column to the last, as LIBSVM sums it: the same bits on every processor.
class PackedRows {
 public:
  static constexpr std::size_t width = 8;  // rows that lie side by side

  PackedRows() = default;
  explicit PackedRows(const data::Matrix& x);

  std::size_t rows() const { return rows_; }
  std::size_t blocks() const { return (rows_ + width - 1) / width; }
  double squared_norm(std::size_t row) const { return squared_norms_[row]; }

  // Of `values`, rows of as many columns one behind another, with the `width` rows of a block: products [rows, width],
  // 0 beyond the last row.
  void multiply(std::span<const double> values, std::size_t block, double* products) const;

 private:
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  std::vector<double> packed_;  // [blocks, columns, width]
  std::vector<double> squared_norms_;
};

// The kernel between all rows of a table, in single precision, each entry that of LIBSVM to the bit. All of it is
// computed at once where it fits into memory_bytes; else rows are computed when they are asked for, and the last ones
// kept. The values do not depend on it.
class KernelRows {
 public:
  // `x` must outlive it.
  KernelRows(const data::Matrix& x, const SvmKernel& kernel, std::uint64_t memory_bytes);
  KernelRows(const KernelRows&) = delete;
  KernelRows& operator=(const KernelRows&) = delete;

  std::size_t size() const { return packed_.rows(); }
  double diagonal(std::size_t row) const;

  // Valid until two other rows have been asked for.
  std::span<const float> row(std::size_t row);

 private:
  void compute_all();
  void compute(std::size_t row, float* to) const;

  const data::Matrix& x_;
  SvmKernel kernel_;
  PackedRows packed_;
  std::size_t slots_ = 0;
  std::vector<float> values_;         // [slots, size]
  std::vector<std::size_t> slot_of_;  // `none` for a row that is not kept; empty where all are
  std::vector<std::list<std::size_t>::iterator> place_of_;  // in recent_
  std::list<std::size_t> recent_;                           // rows that are kept, the latest first
};

// The kernel between the rows of a table, kept for the next fit on the same rows with the same kernel.
class KernelCache {
 public:
  // Valid until the next call.
  KernelRows& rows(const data::Matrix& x, const SvmKernel& kernel, std::uint64_t memory_bytes);

 private:
  data::Matrix x_;
  SvmKernel kernel_;
  std::optional<KernelRows> rows_;
};

// The kernel of each row of `x` with each row of `packed`: [rows of x, rows of packed].
data::Matrix kernel_between(const data::Matrix& x, const PackedRows& packed, const SvmKernel& kernel);

}  // namespace musicmem::models
