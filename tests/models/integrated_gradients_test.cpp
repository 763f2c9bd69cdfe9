// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/network/integrated_gradients.h"

#include "models/ssast/network/weights.h"
#include "models/ssast/predictor.h"
#include "models/torch/single_thread.h"
#include "tests/models/ssast_formula.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <ATen/Functions.h>
#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

constexpr std::size_t bins = 128;

// Of a model whose scores differ from clip to clip.
Ssast model_of(std::int64_t frames) {
  SsastShape shape;
  set_size(shape, config::SsastSize::nano);
  shape.target_length = frames;
  Ssast model(shape, 1);
  load_ssast(model, formula_checkpoint(2, shape));
  return model;
}

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

TEST(IntegratedGradients, sum_to_the_distance_of_the_scores) {
  const SingleThread one_thread;
  Ssast model = model_of(100);
  const at::Tensor input = formula_tensor(1, "x", {100, 128}, 1.0);
  const at::Tensor baseline = formula_tensor(2, "baseline", {100, 128}, 0.2);

  const Attribution attribution = integrated_gradients(model, input, baseline, 64);

  const double distance = attribution.score - attribution.base;
  EXPECT_EQ(attribution.score, model.forward(input.unsqueeze(0)).item<double>());
  EXPECT_EQ(attribution.base, model.forward(baseline.unsqueeze(0)).item<double>());
  ASSERT_GT(std::abs(distance), 1e-4);
  EXPECT_NEAR(sum(attribution.values), distance, 1e-3 * std::abs(distance));
}

// The slow way: the score's own differences along each value, in the middles of many short steps.
TEST(IntegratedGradients, agree_with_differences_of_the_score) {
  const SingleThread one_thread;
  const at::NoGradGuard record_nothing;
  Ssast model = model_of(16);  // one column of patches
  const at::Tensor input = formula_tensor(1, "x", {16, 128}, 1.0);
  const at::Tensor baseline = at::zeros({16, 128});

  std::vector<double> values;
  {
    const at::AutoGradMode record(true);
    values = integrated_gradients(model, input, baseline, 32).values;
  }

  constexpr int steps = 24;
  constexpr float width = 0.02F;
  const double largest = std::abs(*std::max_element(
      values.begin(), values.end(), [](double a, double b) { return std::abs(a) < std::abs(b); }));
  for (const std::int64_t at : {5, 700, 1027, 2040}) {
    double slope = 0.0;
    for (int step = 0; step < steps; ++step) {
      const at::Tensor middle = input * ((static_cast<float>(step) + 0.5F) / steps);
      at::Tensor above = middle.clone();
      at::Tensor below = middle.clone();
      above.flatten()[at] += width;
      below.flatten()[at] -= width;
      slope += (model.forward(above.unsqueeze(0)).item<double>() -
                model.forward(below.unsqueeze(0)).item<double>()) /
               (2.0 * width * steps);
    }
    EXPECT_NEAR(values[static_cast<std::size_t>(at)], slope * input.flatten()[at].item<double>(),
                0.03 * largest)
        << at;
  }
}

TEST(IntegratedGradients, of_a_baseline_itself_are_zero) {
  const SingleThread one_thread;
  Ssast model = model_of(100);
  const at::Tensor input = formula_tensor(1, "x", {100, 128}, 1.0);

  const Attribution attribution = integrated_gradients(model, input, input, 4);

  EXPECT_EQ(std::count(attribution.values.begin(), attribution.values.end(), 0.0), 100 * 128);
}

weights::PthFile file_of(std::int64_t frames, const char* input) {
  weights::PthFile file;
  file.tensors = save_ssast(model_of(frames));
  file.remarks.texts["input"] = input;
  return file;
}

TEST(SsastPredictor, attributes_the_mean_over_segments_to_the_frames_of_the_clip) {
  const SsastPredictor predictor(file_of(100, "segment"));
  const std::vector<float> fbank = formula(1, "fbank", 498 * bins, 5.0, -8.0);
  const std::vector<float> average(bins, -8.0F);

  const SpectrogramAttribution attribution = predictor.attribute(fbank, average, 32);

  EXPECT_NEAR(attribution.score, predictor.predict(fbank), 1e-6);
  const double distance = attribution.score - attribution.base;
  EXPECT_NEAR(sum(attribution.values), distance, 0.02 * std::abs(distance));
}

TEST(SsastPredictor, attributes_nothing_to_frames_that_it_does_not_hear) {
  const SsastPredictor predictor(file_of(100, "clip"));
  const std::vector<float> fbank = formula(1, "fbank", 498 * bins, 5.0, -8.0);

  const std::vector<double> values = predictor.attribute(fbank, std::vector<float>(bins, -8.0F), 4).values;

  ASSERT_EQ(values.size(), fbank.size());
  EXPECT_TRUE(std::all_of(values.begin() + 100 * bins, values.end(), [](double v) { return v == 0.0; }));
  EXPECT_NE(values[50 * bins], 0.0);
}

}  // namespace
}  // namespace musicmem::models
