// SPDX-License-Identifier: GPL-3.0-or-later
// One fit of svr, by rows and columns, beside LIBSVM's: the kernel, and the solver for another cost on the same kernel.
#include "data/generator.h"
#include "models/svm/solver.h"

#include <benchmark/benchmark.h>
#include <svm.h>

namespace musicmem::models {
namespace {

constexpr std::uint64_t enough_memory = std::uint64_t{4} << 30;

struct Rows {
  data::Matrix x;
  std::vector<double> labels;
  SvmKernel kernel;
};

// Nine segments a track, with noisy labels of a usual study.
Rows make_rows(const benchmark::State& state) {
  data::Generator generator(1);
  Rows rows;
  rows.x = data::Matrix(static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1)));
  for (double& value : rows.x.values()) value = generator.normal();
  for (std::size_t r = 0; r < rows.x.rows(); ++r) {
    const double label = 0.75 + 0.04 * rows.x(r, 0) + 0.1 * generator.normal();
    rows.labels.push_back(r % 9 == 0 ? label : rows.labels.back());
  }
  rows.kernel.gamma = 1.0 / static_cast<double>(rows.x.columns());
  return rows;
}

void fit(benchmark::State& state) {
  const Rows rows = make_rows(state);
  for (auto _ : state) {
    KernelRows kernel(rows.x, rows.kernel, enough_memory);
    benchmark::DoNotOptimize(solve_svr(kernel, {rows.labels, 1.0, 0.1, 1e-3}));
  }
}

void fit_on_a_shared_kernel(benchmark::State& state) {
  const Rows rows = make_rows(state);
  KernelRows kernel(rows.x, rows.kernel, enough_memory);
  for (auto _ : state) benchmark::DoNotOptimize(solve_svr(kernel, {rows.labels, 1.0, 0.1, 1e-3}));
}

void fit_by_libsvm(benchmark::State& state) {
  Rows rows = make_rows(state);
  const std::size_t columns = rows.x.columns();
  std::vector<svm_node> nodes;
  for (std::size_t r = 0; r < rows.x.rows(); ++r) {
    for (std::size_t c = 0; c < columns; ++c) nodes.push_back({static_cast<int>(c + 1), rows.x(r, c)});
    nodes.push_back({-1, 0.0});
  }
  std::vector<svm_node*> lists;
  for (std::size_t r = 0; r < rows.x.rows(); ++r) lists.push_back(&nodes[r * (columns + 1)]);
  const svm_problem problem{static_cast<int>(lists.size()), rows.labels.data(), lists.data()};
  svm_parameter parameter{};
  parameter.svm_type = EPSILON_SVR;
  parameter.kernel_type = RBF;
  parameter.gamma = rows.kernel.gamma;
  parameter.C = 1.0;
  parameter.p = 0.1;
  parameter.eps = 1e-3;
  parameter.cache_size = static_cast<double>(enough_memory >> 20);
  parameter.shrinking = 1;
  svm_set_print_string_function([](const char*) {});
  for (auto _ : state) {
    svm_model* model = svm_train(&problem, &parameter);
    svm_free_and_destroy_model(&model);
  }
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Args({1523, 35})->Args({2000, 768})->Args({21000, 35})->Unit(benchmark::kMillisecond);
}

BENCHMARK(fit)->Apply(sizes);
BENCHMARK(fit_on_a_shared_kernel)->Apply(sizes);
BENCHMARK(fit_by_libsvm)->Apply(sizes);

}  // namespace
}  // namespace musicmem::models
