// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/generator.h"
#include "models/svm/solver.h"

#include <cmath>

#include <gtest/gtest.h>
#include <svm.h>

namespace musicmem::models {
namespace {

struct Example {
  data::Matrix x;
  std::vector<double> labels;
  SvmKernel kernel;
  double cost = 1.0;
  double epsilon = 0.1;
};

double one_of(const std::vector<double>& values, data::Generator& generator) {
  return values[generator.below(values.size())];
}

// Rows of Gaussian features with noisy labels that several rows share, as segments of one track do.
Example random_example(std::uint64_t seed) {
  data::Generator generator(seed);
  Example example;
  const std::size_t rows = 20 + generator.below(400);
  const std::size_t segments = 1 + generator.below(9);
  example.x = data::Matrix(rows, 1 + generator.below(30));
  for (double& value : example.x.values()) value = generator.normal();
  for (std::size_t r = 0; r < rows; ++r) {
    const double label = 0.7 + 0.03 * example.x(r, 0) + 0.1 * generator.normal();
    example.labels.push_back(r % segments == 0 ? label : example.labels.back());
  }
  const bool is_linear = seed % 5 == 0;
  example.kernel = {is_linear ? config::SvrKernel::linear : config::SvrKernel::rbf,
                    one_of({0.001, 0.02, 0.1, 0.5, 3.0}, generator)};
  example.cost =
      is_linear ? one_of({0.01, 1.0}, generator) : one_of({0.001, 0.1, 1.0, 10.0, 100.0}, generator);
  example.epsilon = one_of({0.0, 0.001, 0.01, 0.1, 0.3}, generator);
  return example;
}

SvrSolution solved(const Example& example, std::uint64_t memory_bytes) {
  KernelRows kernel(example.x, example.kernel, memory_bytes);
  return solve_svr(kernel, {example.labels, example.cost, example.epsilon, 1e-3});
}

SvrSolution solved_by_libsvm(Example& example) {
  const std::size_t columns = example.x.columns();
  std::vector<svm_node> nodes;
  for (std::size_t r = 0; r < example.x.rows(); ++r) {
    for (std::size_t c = 0; c < columns; ++c) nodes.push_back({static_cast<int>(c + 1), example.x(r, c)});
    nodes.push_back({-1, 0.0});
  }
  std::vector<svm_node*> rows;
  for (std::size_t r = 0; r < example.x.rows(); ++r) rows.push_back(&nodes[r * (columns + 1)]);
  svm_parameter parameter{};
  parameter.svm_type = EPSILON_SVR;
  parameter.kernel_type = example.kernel.kind == config::SvrKernel::linear ? LINEAR : RBF;
  parameter.gamma = example.kernel.gamma;
  parameter.C = example.cost;
  parameter.p = example.epsilon;
  parameter.eps = 1e-3;
  parameter.cache_size = 100.0;
  parameter.shrinking = 1;
  const svm_problem problem{static_cast<int>(rows.size()), example.labels.data(), rows.data()};
  svm_set_print_string_function([](const char*) {});

  svm_model* model = svm_train(&problem, &parameter);
  SvrSolution solution;
  solution.coefficients.assign(rows.size(), 0.0);
  for (int i = 0; i < model->l; ++i)
    solution.coefficients[static_cast<std::size_t>(model->sv_indices[i] - 1)] = model->sv_coef[0][i];
  solution.intercept = -model->rho[0];
  svm_free_and_destroy_model(&model);
  return solution;
}

// Near-ties decide the path to the optimum, and rounding decides them: equal bits or another path.
TEST(SvrSolver, gives_the_bits_of_libsvm) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    Example example = random_example(seed);

    const SvrSolution solution = solved(example, std::uint64_t{1} << 30);

    const SvrSolution expected = solved_by_libsvm(example);
    EXPECT_EQ(solution.coefficients, expected.coefficients) << "seed " << seed;
    EXPECT_EQ(solution.intercept, expected.intercept) << "seed " << seed;
    EXPECT_TRUE(solution.has_converged) << "seed " << seed;
  }
}

TEST(SvrSolver, does_not_depend_on_the_memory_that_it_has) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Example example = random_example(seed);
    const std::uint64_t few_rows = 5 * example.x.rows() * sizeof(float);

    const SvrSolution solution = solved(example, few_rows);

    const SvrSolution expected = solved(example, std::uint64_t{1} << 30);
    EXPECT_EQ(solution.coefficients, expected.coefficients) << "seed " << seed;
    EXPECT_EQ(solution.steps, expected.steps) << "seed " << seed;
  }
}

TEST(SvrSolver, solves_several_tasks_with_one_kernel_as_each_with_its_own) {
  Example example = random_example(1);
  KernelRows shared(example.x, example.kernel, 0);
  for (const double cost : {0.1, 1.0, 10.0}) {
    example.cost = cost;

    const SvrSolution solution = solve_svr(shared, {example.labels, cost, example.epsilon, 1e-3});

    EXPECT_EQ(solution.coefficients, solved(example, std::uint64_t{1} << 30).coefficients) << cost;
  }
}

TEST(KernelRows, are_the_kernel_between_the_rows) {
  const Example example = random_example(2);
  KernelRows rows(example.x, example.kernel, std::uint64_t{1} << 30);

  const data::Matrix between = kernel_between(example.x, PackedRows(example.x), example.kernel);

  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t c = 0; c < rows.size(); ++c) {
      double distance = 0.0;
      for (std::size_t i = 0; i < example.x.columns(); ++i)
        distance += (example.x(r, i) - example.x(c, i)) * (example.x(r, i) - example.x(c, i));
      EXPECT_NEAR(between(r, c), std::exp(-example.kernel.gamma * distance), 1e-14);
      EXPECT_EQ(rows.row(r)[c], static_cast<float>(between(r, c)));
    }
  }
}

}  // namespace
}  // namespace musicmem::models
