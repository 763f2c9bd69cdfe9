// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/fft.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <mutex>
#include <new>
#include <type_traits>

#include <fftw3.h>

namespace musicmem::features {
namespace {

// FFTW's planner is shared by the whole process and may be entered by one thread at a time.
std::mutex& planner_mutex() {
  static std::mutex mutex;
  return mutex;
}

// The two precisions of FFTW under one set of names.
template <typename Real>
struct Fftw;

template <>
struct Fftw<float> {
  using Complex = fftwf_complex;
  using Plan = fftwf_plan;
  static constexpr auto allocate_real = fftwf_alloc_real;
  static constexpr auto allocate_complex = fftwf_alloc_complex;
  static constexpr auto release = fftwf_free;
  static constexpr auto plan_forward = fftwf_plan_dft_r2c_1d;
  static constexpr auto plan_inverse = fftwf_plan_dft_c2r_1d;
  static constexpr auto execute = fftwf_execute;
  static constexpr auto destroy = fftwf_destroy_plan;
};

template <>
struct Fftw<double> {
  using Complex = fftw_complex;
  using Plan = fftw_plan;
  static constexpr auto allocate_real = fftw_alloc_real;
  static constexpr auto allocate_complex = fftw_alloc_complex;
  static constexpr auto release = fftw_free;
  static constexpr auto plan_forward = fftw_plan_dft_r2c_1d;
  static constexpr auto plan_inverse = fftw_plan_dft_c2r_1d;
  static constexpr auto execute = fftw_execute;
  static constexpr auto destroy = fftw_destroy_plan;
};

template <typename T>
T* checked(T* pointer) {
  if (pointer == nullptr) throw std::bad_alloc();
  return pointer;
}

}  // namespace

template <typename Real>
struct BasicRealFft<Real>::Plan {
  using Library = Fftw<Real>;

  struct FreeBuffer {
    void operator()(void* buffer) const { Library::release(buffer); }
  };
  struct DestroyPlan {
    void operator()(typename Library::Plan plan) const {
      const std::scoped_lock lock(planner_mutex());
      Library::destroy(plan);
    }
  };
  using PlanHandle = std::unique_ptr<std::remove_pointer_t<typename Library::Plan>, DestroyPlan>;

  explicit Plan(int n)
      : size(n),
        time(checked(Library::allocate_real(static_cast<std::size_t>(n)))),
        frequency(checked(Library::allocate_complex(static_cast<std::size_t>(n / 2 + 1)))) {
    const std::scoped_lock lock(planner_mutex());
    forward.reset(checked(Library::plan_forward(n, time.get(), frequency.get(), FFTW_ESTIMATE)));
    inverse.reset(checked(Library::plan_inverse(n, frequency.get(), time.get(), FFTW_ESTIMATE)));
  }

  int size;
  std::unique_ptr<Real[], FreeBuffer> time;
  std::unique_ptr<typename Library::Complex[], FreeBuffer> frequency;
  PlanHandle forward;
  PlanHandle inverse;
};

template <typename Real>
BasicRealFft<Real>::BasicRealFft(int size) : plan_(std::make_unique<Plan>(size)) {
  assert(size >= 1);
}
template <typename Real>
BasicRealFft<Real>::~BasicRealFft() = default;
template <typename Real>
BasicRealFft<Real>::BasicRealFft(BasicRealFft&&) noexcept = default;
template <typename Real>
BasicRealFft<Real>& BasicRealFft<Real>::operator=(BasicRealFft&&) noexcept = default;

template <typename Real>
int BasicRealFft<Real>::size() const {
  return plan_->size;
}

template <typename Real>
std::span<Real> BasicRealFft<Real>::scratch() const {
  return {plan_->time.get(), static_cast<std::size_t>(plan_->size)};
}

template <typename Real>
void BasicRealFft<Real>::forward(std::span<const Real> in, std::span<std::complex<Real>> out) const {
  assert(in.size() == scratch().size());
  std::ranges::copy(in, plan_->time.get());
  forward_from_scratch(out);
}

template <typename Real>
void BasicRealFft<Real>::forward_from_scratch(std::span<std::complex<Real>> out) const {
  assert(out.size() == static_cast<std::size_t>(bins()));
  Fftw<Real>::execute(plan_->forward.get());
  const auto* values = plan_->frequency.get();
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = {values[k][0], values[k][1]};
}

template <typename Real>
void BasicRealFft<Real>::inverse(std::span<const std::complex<Real>> in, std::span<Real> out) const {
  assert(in.size() == static_cast<std::size_t>(bins()) && out.size() == scratch().size());
  auto* values = plan_->frequency.get();
  for (std::size_t k = 0; k < in.size(); ++k) {
    values[k][0] = in[k].real();
    values[k][1] = in[k].imag();
  }
  Fftw<Real>::execute(plan_->inverse.get());
  const Real scale = Real(1) / static_cast<Real>(plan_->size);
  std::ranges::transform(scratch(), out.begin(), [scale](Real value) { return value * scale; });
}

template class BasicRealFft<float>;
template class BasicRealFft<double>;

}  // namespace musicmem::features
