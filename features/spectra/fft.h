// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <memory>
#include <span>

namespace musicmem::features {

// Discrete Fourier transform of `size` real samples, planned once and used many
// times; Real is float or double.
//
// Plans are estimated, not measured, so equal input gives equal bytes on one type of processor. No call but
// the constructor allocates. The transforms share a scratch buffer: one object serves one thread at a time.
template <typename Real>
class BasicRealFft {
 public:
  // `size` >= 1; powers of two are fastest.
  explicit BasicRealFft(int size);
  ~BasicRealFft();
  BasicRealFft(BasicRealFft&&) noexcept;
  BasicRealFft& operator=(BasicRealFft&&) noexcept;

  int size() const;
  int bins() const { return size() / 2 + 1; }

  // The aligned buffer that forward_from_scratch() reads: size() samples.
  std::span<Real> scratch() const;

  // out[k] = sum_n in[n] exp(-2 pi i k n / size), k < bins(). `in` has size() samples, `out` bins() values.
  void forward(std::span<const Real> in, std::span<std::complex<Real>> out) const;

  // The same of what the caller wrote into scratch(), whose content is then lost: spares a copy.
  void forward_from_scratch(std::span<std::complex<Real>> out) const;

  // The inverse of forward, scaled by 1 / size: `in` has bins() values, `out` size() samples.
  void inverse(std::span<const std::complex<Real>> in, std::span<Real> out) const;

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

using RealFft = BasicRealFft<float>;
using RealFftDouble = BasicRealFft<double>;

}  // namespace musicmem::features
