// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/svm/kernel.h"

#include "models/machine/register_tile.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace musicmem::models {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);
constexpr std::size_t fewest_slots = 3;  // two rows are read while a third is computed
constexpr std::array<double, PackedRows::width> zeros{};

using Multiply = void(const double* values, std::size_t rows, std::size_t columns, const double* block,
                      double* products);

using TwoLanes = double __attribute__((vector_size(16)));

void multiply_anywhere(const double* values, std::size_t rows, std::size_t columns, const double* block,
                       double* products) {
  sum_block<double, TwoLanes, 2, PackedRows::width>(values, rows, columns, block, zeros.data(), products);
}

// The program is built for any processor of its kind. Without fused products all of these round alike.
#ifdef __x86_64__
using FourLanes = double __attribute__((vector_size(32)));
using EightLanes = double __attribute__((vector_size(64)));

[[gnu::target("avx2")]] void multiply_wide(const double* values, std::size_t rows, std::size_t columns,
                                           const double* block, double* products) {
  sum_block<double, FourLanes, 5, PackedRows::width>(values, rows, columns, block, zeros.data(), products);
}

[[gnu::target("avx512f")]] void multiply_widest(const double* values, std::size_t rows, std::size_t columns,
                                                const double* block, double* products) {
  sum_block<double, EightLanes, 10, PackedRows::width>(values, rows, columns, block, zeros.data(), products);
}

Multiply* fastest_multiply() {
  if (__builtin_cpu_supports("avx512f")) return multiply_widest;
  return __builtin_cpu_supports("avx2") ? multiply_wide : multiply_anywhere;
}
#else
Multiply* fastest_multiply() {
  return multiply_anywhere;
}
#endif

Multiply* const multiply_rows = fastest_multiply();

double product(std::span<const double> a, std::span<const double> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

std::span<const double> rows_between(const data::Matrix& x, std::size_t begin, std::size_t end) {
  return std::span(x.values()).subspan(begin * x.columns(), (end - begin) * x.columns());
}

}  // namespace

double SvmKernel::operator()(double aa, double bb, double ab) const {
  return kind == config::SvrKernel::linear ? ab : std::exp(-gamma * (aa + bb - 2 * ab));
}

PackedRows::PackedRows(const data::Matrix& x) : rows_(x.rows()), columns_(x.columns()) {
  packed_.assign(blocks() * columns_ * width, 0.0);
  for (std::size_t r = 0; r < rows_; ++r) {
    double* const to = packed_.data() + r / width * columns_ * width + r % width;
    for (std::size_t c = 0; c < columns_; ++c) to[c * width] = x(r, c);
    squared_norms_.push_back(product(x.row(r), x.row(r)));
  }
}

void PackedRows::multiply(std::span<const double> values, std::size_t block, double* products) const {
  const std::size_t rows = columns_ == 0 ? 0 : values.size() / columns_;
  multiply_rows(values.data(), rows, columns_, packed_.data() + block * columns_ * width, products);
}

KernelRows::KernelRows(const data::Matrix& x, const SvmKernel& kernel, std::uint64_t memory_bytes)
    : x_(x), kernel_(kernel), packed_(x) {
  const std::uint64_t row_bytes = size() * sizeof(float);
  slots_ = std::min<std::size_t>(size(), std::max(memory_bytes / row_bytes, std::uint64_t{fewest_slots}));
  values_.resize(slots_ * size());
  if (slots_ == size()) {
    compute_all();
  } else {
    slot_of_.assign(size(), none);
    place_of_.resize(size());
  }
}

double KernelRows::diagonal(std::size_t row) const {
  const double norm = packed_.squared_norm(row);
  return kernel_(norm, norm, norm);
}

// Each pair once, in squares that are written row by row and column by column.
void KernelRows::compute_all() {
  constexpr std::size_t side = 64;
  constexpr std::size_t width = PackedRows::width;
  std::vector<double> products(side * width);
  std::vector<float> square(side * side);
  const std::size_t n = size();
  for (std::size_t left = 0; left < n; left += side) {
    const std::size_t right = std::min(left + side, n);
    for (std::size_t top = left; top < n; top += side) {
      const std::size_t bottom = std::min(top + side, n);
      for (std::size_t first = left; first < right; first += width) {
        packed_.multiply(rows_between(x_, top, bottom), first / width, products.data());
        const std::size_t last = std::min(first + width, right);
        for (std::size_t r = top; r < bottom; ++r) {
          for (std::size_t c = first; c < last; ++c)
            square[(r - top) * side + (c - left)] = static_cast<float>(kernel_(
                packed_.squared_norm(r), packed_.squared_norm(c), products[(r - top) * width + (c - first)]));
        }
      }
      for (std::size_t r = top; r < bottom; ++r)
        std::copy_n(square.data() + (r - top) * side, right - left, values_.data() + r * n + left);
      if (top == left) continue;
      for (std::size_t c = left; c < right; ++c) {
        for (std::size_t r = top; r < bottom; ++r) values_[c * n + r] = square[(r - top) * side + (c - left)];
      }
    }
  }
}

void KernelRows::compute(std::size_t row, float* to) const {
  std::array<double, PackedRows::width> products;
  for (std::size_t block = 0; block < packed_.blocks(); ++block) {
    packed_.multiply(x_.row(row), block, products.data());
    const std::size_t first = block * PackedRows::width;
    for (std::size_t c = first; c < std::min(first + PackedRows::width, size()); ++c)
      to[c] = static_cast<float>(
          kernel_(packed_.squared_norm(row), packed_.squared_norm(c), products[c - first]));
  }
}

std::span<const float> KernelRows::row(std::size_t row) {
  if (slot_of_.empty()) return std::span(values_).subspan(row * size(), size());
  if (slot_of_[row] != none) {
    recent_.splice(recent_.begin(), recent_, place_of_[row]);
  } else {
    std::size_t slot = recent_.size();
    if (slot == slots_) {
      slot = slot_of_[recent_.back()];
      slot_of_[recent_.back()] = none;
      recent_.pop_back();
    }
    compute(row, values_.data() + slot * size());
    slot_of_[row] = slot;
    recent_.push_front(row);
    place_of_[row] = recent_.begin();
  }
  return std::span(values_).subspan(slot_of_[row] * size(), size());
}

KernelRows& KernelCache::rows(const data::Matrix& x, const SvmKernel& kernel, std::uint64_t memory_bytes) {
  if (rows_ && kernel_ == kernel && x_ == x) return *rows_;
  rows_.reset();
  x_ = x;
  kernel_ = kernel;
  return rows_.emplace(x_, kernel_, memory_bytes);
}

data::Matrix kernel_between(const data::Matrix& x, const PackedRows& packed, const SvmKernel& kernel) {
  data::Matrix values(x.rows(), packed.rows());
  std::vector<double> products(x.rows() * PackedRows::width);
  std::vector<double> norms;
  for (std::size_t r = 0; r < x.rows(); ++r) norms.push_back(product(x.row(r), x.row(r)));
  for (std::size_t block = 0; block < packed.blocks(); ++block) {
    packed.multiply(x.values(), block, products.data());
    const std::size_t first = block * PackedRows::width;
    for (std::size_t r = 0; r < x.rows(); ++r) {
      for (std::size_t c = first; c < std::min(first + PackedRows::width, packed.rows()); ++c)
        values(r, c) =
            kernel(norms[r], packed.squared_norm(c), products[r * PackedRows::width + (c - first)]);
    }
  }
  return values;
}

}  // namespace musicmem::models
