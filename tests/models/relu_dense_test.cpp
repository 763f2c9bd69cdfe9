// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/relu_dense.h"

#include "data/generator.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

std::vector<float> numbers(std::size_t count, data::Generator& generator) {
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i)
    values.push_back(static_cast<float>(2.0 * generator.uniform() - 1.0));
  return values;
}

TEST(ReluDense, gives_the_sums_by_definition_for_any_number_of_rows_and_outputs) {
  constexpr std::size_t inputs = 13;
  data::Generator generator(3);
  for (const std::size_t outputs : {1, 15, 16, 17, 40}) {
    const DenseLayer layer{inputs, outputs, numbers(inputs * outputs, generator),
                           numbers(outputs, generator)};
    ReluDense dense(layer);
    for (const std::size_t rows : {1, 4, 5, 11, 20}) {
      const std::vector<float> inside = numbers(inputs, generator);
      const std::vector<float> outside = numbers(rows * inputs, generator);
      std::vector<float> sums(rows * outputs);

      dense.apply(inside.data(), outside.data(), rows, sums.data());

      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t o = 0; o < outputs; ++o) {
          double sum = layer.bias[o];
          for (std::size_t i = 0; i < inputs; ++i)
            sum += layer.weight[o * inputs + i] * std::max(inside[i] + outside[r * inputs + i], 0.0F);
          EXPECT_NEAR(sums[r * outputs + o], sum, 1e-5) << outputs << " outputs, row " << r << " of " << rows;
        }
      }
    }
  }
}

}  // namespace
}  // namespace musicmem::models
