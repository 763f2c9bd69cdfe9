// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/network/ssast.h"

#include "config/error.h"
#include "data/generator.h"
#include "models/ssast/network/weights.h"
#include "models/ssast/predictor.h"
#include "models/torch/single_thread.h"
#include "tests/models/ssast_formula.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/version.h>

namespace musicmem::models {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

SsastShape nano(std::int64_t frames = 100) {
  SsastShape shape;
  set_size(shape, config::SsastSize::nano);
  shape.target_length = frames;
  return shape;
}

// A tensor's largest difference from another over the other's largest value.
double difference(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

BlockWeights random_block(std::int64_t width) {
  const auto tensor = [](const char* name, std::vector<std::int64_t> shape, double scale,
                         double shift = 0.0) {
    return formula_tensor(3, name, std::move(shape), scale, shift).set_requires_grad(true);
  };
  return {tensor("n1w", {width}, 0.2, 1.0),        tensor("n1b", {width}, 0.1),
          tensor("qkvw", {3 * width, width}, 0.2), tensor("qkvb", {3 * width}, 0.1),
          tensor("pw", {width, width}, 0.2),       tensor("pb", {width}, 0.1),
          tensor("n2w", {width}, 0.2, 1.0),        tensor("n2b", {width}, 0.1),
          tensor("f1w", {4 * width, width}, 0.2),  tensor("f1b", {4 * width}, 0.1),
          tensor("f2w", {width, 4 * width}, 0.1),  tensor("f2b", {width}, 0.1)};
}

std::vector<at::Tensor> tensors_of(const BlockWeights& w) {
  return {w.norm1_weight, w.norm1_bias, w.qkv_weight, w.qkv_bias, w.proj_weight, w.proj_bias,
          w.norm2_weight, w.norm2_bias, w.fc1_weight, w.fc1_bias, w.fc2_weight,  w.fc2_bias};
}

using Block = at::Tensor (*)(const at::Tensor&, const BlockWeights&, std::int64_t);

// A block's result followed by its gradients by input and weights.
std::vector<at::Tensor> run_block(Block block, const at::Tensor& input, std::int64_t heads) {
  const BlockWeights weights = random_block(input.size(2));
  const at::Tensor x = input.clone().set_requires_grad(true);
  const at::Tensor y = block(x, weights, heads);
  (y * formula_tensor(4, "slope", y.sizes().vec(), 1.0)).sum().backward();
  std::vector<at::Tensor> results = {y.detach(), x.grad()};
  for (const at::Tensor& weight : tensors_of(weights)) results.push_back(weight.grad());
  return results;
}

struct BlockCase {
  std::int64_t clips, tokens, width, heads;
  int threads;
};

class FusedBlockTest : public ::testing::TestWithParam<BlockCase> {};

TEST_P(FusedBlockTest, gives_values_and_gradients_of_the_plain_block) {
  const auto [clips, tokens, width, heads, threads] = GetParam();
  const BatchThreads fixed(threads);
  const at::Tensor x = formula_tensor(5, "x", {clips, tokens, width}, 1.0);

  const std::vector<at::Tensor> fused = run_block(fused_cpu_block, x, heads);
  const std::vector<at::Tensor> plain = run_block(plain_block, x, heads);

  for (std::size_t i = 0; i < plain.size(); ++i) {
    // The K third of qkv's bias (result 5) has a gradient of zero but for rounding.
    EXPECT_LT(difference(fused[i], plain[i]), 2e-5) << "result " << i;
  }
}

// One token, one clip, fewer rows than a tile, several tiles of rows and of
// attention, more threads than heads.
INSTANTIATE_TEST_SUITE_P(Shapes, FusedBlockTest,
                         ::testing::Values(BlockCase{1, 1, 8, 2, 1}, BlockCase{1, 110, 64, 2, 2},
                                           BlockCase{3, 590, 64, 2, 2}, BlockCase{2, 700, 32, 1, 1},
                                           BlockCase{5, 33, 48, 3, 7}, BlockCase{1, 3000, 16, 2, 2}));

TEST(Ssast, results_repeat_bit_by_bit) {
  const BatchThreads two(2);
  const at::Tensor x = formula_tensor(5, "x", {3, 110, 64}, 1.0);

  const std::vector<at::Tensor> first = run_block(fused_cpu_block, x, 2);
  const std::vector<at::Tensor> second = run_block(fused_cpu_block, x, 2);

  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_TRUE(first[i].equal(second[i])) << "result " << i;
}

TEST(Ssast, has_the_published_number_of_parameters) {
  for (const auto& [size, parameters] :
       {std::pair{config::SsastSize::tiny, 5'502'337}, std::pair{config::SsastSize::small, 21'621'505}}) {
    SsastShape shape;
    set_size(shape, size);
    shape.head = config::SsastHead::plain;
    std::int64_t sum = 0;
    for (const at::Tensor& parameter : Ssast(shape, 1).parameters()) sum += parameter.numel();
    EXPECT_EQ(sum, parameters);
  }
}

TEST(Ssast, weights_are_a_function_of_the_seed) {
  const Ssast one(nano(), 7);
  const Ssast same(nano(), 7);
  const Ssast other(nano(), 8);

  EXPECT_TRUE(one.parameters()[0].equal(same.parameters()[0]));
  EXPECT_FALSE(one.parameters()[0].equal(other.parameters()[0]));
}

TEST(Ssast, parameters_are_head_and_backbone) {
  const Ssast model(nano(), 1);

  EXPECT_EQ(model.head_parameters().size() + model.backbone_parameters().size(), model.parameters().size());
  EXPECT_EQ(model.head_parameters().size(), 8U);
}

TEST(Ssast, a_frozen_backbone_takes_no_gradient) {
  Ssast model(nano(), 1);
  model.freeze_backbone();

  model.forward(formula_tensor(1, "x", {2, 100, 128}, 1.0)).sum().backward();

  for (const at::Tensor& parameter : model.backbone_parameters()) EXPECT_FALSE(parameter.grad().defined());
  for (const at::Tensor& parameter : model.head_parameters()) EXPECT_TRUE(parameter.grad().defined());
}

// As models/ssast/training/device.h does for a GPU.
class CpuAutocast {
 public:
  CpuAutocast() {
    at::autocast::increment_nesting();
    set(true);
  }
  ~CpuAutocast() {
    set(false);
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  }
  CpuAutocast(const CpuAutocast&) = delete;
  CpuAutocast& operator=(const CpuAutocast&) = delete;

 private:
  static void set(bool enabled) {
#if TORCH_VERSION_MAJOR >= 2
    at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCPU, enabled);
#else
    at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
    at::autocast::set_cpu_enabled(enabled);
#endif
  }
};

TEST(Ssast, scores_under_autocast_are_those_of_a_float32_head) {
  for (const config::SsastHead head : {config::SsastHead::plain, config::SsastHead::paper}) {
    SCOPED_TRACE(head == config::SsastHead::plain ? "plain" : "paper");
    SsastShape shape = nano(16);
    shape.head = head;
    shape.depth = 1;  // CPUs without bfloat16 are slow at it
    Ssast model(shape, 3);
    const c10::NoGradGuard record_nothing;
    // The scores of memorability lie between 0.5 and 1.
    model.head_parameters().back().fill_(0.7);
    const at::Tensor clips = formula_tensor(1, "clips", {4, 16, 128}, 1.0);

    at::Tensor rounded_encoder;
    at::Tensor scores;
    {
      const CpuAutocast autocast;
      rounded_encoder = model.encode(clips);
      scores = model.forward(clips);
    }

    const std::vector<at::Tensor> w = model.head_parameters();
    at::Tensor expected =
        at::linear(at::layer_norm(rounded_encoder.to(at::kFloat), {shape.width}, w[0], w[1]), w[2], w[3]);
    if (head == config::SsastHead::paper) {
      expected = at::linear(at::relu(at::linear(expected, w[4], w[5])), w[6], w[7]);
    }
    ASSERT_GT(difference(rounded_encoder.to(at::kFloat), model.encode(clips)), 1e-4) << "nothing was rounded";
    EXPECT_EQ(scores.scalar_type(), at::kFloat);
    EXPECT_TRUE(at::equal(scores, expected));
    const at::Tensor steps = scores * 256.0;
    EXPECT_GT((steps - steps.round()).abs().max().item<float>(), 0.01F);
  }
}

TEST(Ssast, head_masks_do_not_depend_on_how_a_batch_is_split) {
  const Ssast model(nano(), 1);
  data::Generator whole(9);
  data::Generator parts(9);

  const at::Tensor together = model.draw_head_masks(whole, 5);
  const at::Tensor first = model.draw_head_masks(parts, 2);
  const at::Tensor second = model.draw_head_masks(parts, 3);

  EXPECT_TRUE(together.equal(at::cat({first, second})));
}

TEST(Ssast, a_target_length_below_a_patch_is_refused) {
  config::SsastSettings settings;
  settings.target_length = 15;

  EXPECT_THROW(ssast_shape(settings, 500), Error);
}

std::string message_of_loading(Ssast& model, const weights::StateDict& state) {
  try {
    load_ssast(model, state);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(SsastWeights, another_size_is_named) {
  SsastShape tiny;
  set_size(tiny, config::SsastSize::tiny);
  Ssast model(tiny, 1);

  EXPECT_THAT(
      message_of_loading(model, formula_checkpoint(1, nano())),
      AllOf(HasSubstr("formula.pth"), HasSubstr("looks like SSAST nano"), HasSubstr("set size: nano")));
}

TEST(SsastWeights, other_patches_are_named) {
  SsastShape frames = nano();
  set_patches(frames, config::SsastPatches::frame);
  Ssast model(nano(), 1);

  EXPECT_THAT(message_of_loading(model, formula_checkpoint(1, frames)),
              AllOf(HasSubstr("128x2"), HasSubstr("set patches: frame")));
}

TEST(SsastWeights, values_that_are_not_finite_are_refused) {
  Ssast model(nano(), 1);
  weights::StateDict state = formula_checkpoint(1, nano());
  weights::Tensor& tensor = state.entries[5].second;
  std::vector<float> values = tensor.floats();
  values[3] = std::numeric_limits<float>::quiet_NaN();
  tensor = weights::Tensor::of(values, tensor.shape);

  EXPECT_THAT(message_of_loading(model, state), HasSubstr("not finite"));
}

TEST(SsastWeights, tensors_of_another_model_are_refused) {
  Ssast model(nano(), 1);
  weights::StateDict state;
  state.add("fc.weight", weights::Tensor::of({1.0F}, {1}));

  EXPECT_THAT(message_of_loading(model, state), HasSubstr("no SSAST model"));
}

TEST(SsastWeights, missing_surplus_and_misshapen_tensors_are_named) {
  Ssast model(nano(), 1);
  weights::StateDict state = formula_checkpoint(1, nano());
  std::erase_if(state.entries, [](const auto& entry) { return entry.first == "module.v.norm.bias"; });
  state.add("module.extra", weights::Tensor::of({1.0F}, {1}));
  state.add("module.v.head.weight", weights::Tensor::of({1.0F}, {1}));
  for (auto& [name, tensor] : state.entries) {
    if (name == "module.mlp_head.6.bias") tensor.shape = {1, 1};
  }

  const LoadReport report = load_ssast(model, state);

  EXPECT_THAT(report.missing, ElementsAre("v.norm.bias"));
  EXPECT_THAT(report.surplus, ElementsAre("module.extra"));
  EXPECT_THAT(report.other_shape, ElementsAre("mlp_head.6.bias [1, 1] where [1] is needed"));
  EXPECT_EQ(report.lines().size(), 3U);
}

TEST(SsastWeights, what_is_saved_loads_to_the_same_scores) {
  Ssast model(nano(), 1);
  load_ssast(model, formula_checkpoint(2, nano()));
  const at::Tensor x = formula_tensor(1, "x", {2, 100, 128}, 1.0);
  Ssast again(nano(), 9);

  load_all(again, save_ssast(model));

  EXPECT_TRUE(again.forward(x).equal(model.forward(x)));
}

TEST(SsastWeights, tensors_that_do_not_fit_together_are_no_model) {
  const auto with_shape = [](const std::string& name, std::vector<std::int64_t> shape) {
    weights::StateDict state = save_ssast(Ssast(nano(), 1));
    for (auto& [entry, tensor] : state.entries) {
      if (entry == name) tensor.shape = std::move(shape);
    }
    return recognise_ssast(state);
  };

  EXPECT_TRUE(with_shape("v.norm.bias", {64}).has_value());
  EXPECT_FALSE(with_shape("v.patch_embed.proj.weight", {1, 1, 1 << 20, 1 << 20}).has_value());
  EXPECT_FALSE(with_shape("v.patch_embed.proj.weight", {64, 1, 0, 16}).has_value());
  EXPECT_FALSE(with_shape("v.pos_embed", {2, 55, 64}).has_value());
  EXPECT_FALSE(with_shape("v.pos_embed", {1, 3, 64}).has_value());
}

TEST(SsastPredictor, tells_size_grid_and_head_from_the_tensors) {
  for (const config::SsastHead head : {config::SsastHead::paper, config::SsastHead::plain}) {
    SsastShape shape = nano(500);
    shape.head = head;
    weights::PthFile file;
    file.tensors = save_ssast(Ssast(shape, 3));

    const SsastPredictor predictor(file);

    EXPECT_EQ(predictor.shape().head, head);
    EXPECT_EQ(predictor.shape().tokens(), shape.tokens());
    EXPECT_THAT(predictor.reading().found.description, StartsWith("SSAST nano"));
  }
}

TEST(SsastPredictor, scores_as_the_model_does) {
  Ssast model(nano(500), 3);
  weights::PthFile file;
  file.tensors = save_ssast(model);
  file.remarks.numbers = {{"fbank_mean", -4.0}, {"fbank_deviation", 3.0}};
  const std::vector<float> fbank = formula(1, "fbank", 498 * 128, 5.0, -8.0);
  at::Tensor x = at::zeros({1, 500, 128});
  std::copy(fbank.begin(), fbank.end(), x.data_ptr<float>());

  const double score = SsastPredictor(file).predict(fbank);

  EXPECT_NEAR(score, model.forward((x + 4.0) / 6.0).item<double>(), 1e-6);
}

TEST(SsastPredictor, a_model_of_one_second_pools_the_segments_of_a_clip) {
  Ssast model(nano(100), 3);
  weights::PthFile file;
  file.tensors = save_ssast(model);
  const std::vector<float> fbank = formula(1, "fbank", 498 * 128, 5.0, -8.0);
  std::vector<double> scores;
  for (std::size_t segment = 0; segment < 9; ++segment) {
    at::Tensor x = at::zeros({1, 100, 128});
    std::copy_n(fbank.begin() + static_cast<std::ptrdiff_t>(segment * 50 * 128), 98 * 128,
                x.data_ptr<float>());
    scores.push_back(model.forward((x + 4.2677393) / (2.0 * 4.5689974)).item<double>());
  }

  const double mean = SsastPredictor(file).predict(fbank);
  file.remarks = ssast_remarks(model.shape(), config::SsastInput::segment, config::Pooling::max);
  const double largest = SsastPredictor(file).predict(fbank);
  file.remarks = ssast_remarks(model.shape(), config::SsastInput::clip, config::Pooling::mean);
  const double first = SsastPredictor(file).predict(fbank);

  EXPECT_NEAR(mean, std::accumulate(scores.begin(), scores.end(), 0.0) / 9.0, 1e-6);
  EXPECT_NEAR(largest, *std::max_element(scores.begin(), scores.end()), 1e-6);
  EXPECT_NEAR(first, scores.front(), 1e-6);
  EXPECT_GT(largest - mean, 1e-4);
}

TEST(SsastPredictor, a_model_of_other_segments_pools_those_of_its_clips) {
  const config::ClipGeometry clip{3.0, 0.0, 2.0, 1.0};
  Ssast model(nano(200), 3);
  weights::PthFile file;
  file.tensors = save_ssast(model);
  file.settings = ssast_settings(model.shape(), config::SsastInput::segment, config::Pooling::mean, clip);
  const std::vector<float> fbank = formula(1, "fbank", 298 * 128, 5.0, -8.0);
  double sum = 0.0;
  for (const std::size_t first : {0, 100}) {
    at::Tensor x = at::zeros({1, 200, 128});
    std::copy_n(fbank.begin() + static_cast<std::ptrdiff_t>(first * 128), 198 * 128, x.data_ptr<float>());
    sum += model.forward((x + 4.2677393) / (2.0 * 4.5689974)).item<double>();
  }

  const SsastPredictor predictor(file);

  EXPECT_NEAR(predictor.predict(fbank), sum / 2.0, 1e-6);
  EXPECT_THAT(predictor.feature_settings(),
              ElementsAre(Pair("clip_seconds", "3"), Pair("segment_hop", "1"), Pair("segment_seconds", "2")));
}

TEST(SsastPredictor, remarks_are_made_only_where_tensors_do_not_tell) {
  SsastShape cls = nano(500);
  cls.pooling = config::SsastPooling::cls;

  EXPECT_TRUE(ssast_remarks(nano(500), config::SsastInput::clip, config::Pooling::max).texts.empty());
  EXPECT_TRUE(ssast_remarks(nano(100), config::SsastInput::segment, config::Pooling::mean).texts.empty());
  EXPECT_THAT(ssast_remarks(cls, config::SsastInput::segment, config::Pooling::mean).texts,
              ElementsAre(Pair("input", "segment"), Pair("pooling", "cls")));
}

TEST(SsastPredictor, a_checkpoint_of_pre_training_cannot_predict) {
  weights::PthFile file;
  file.tensors = formula_checkpoint(1, nano());
  std::erase_if(file.tensors.entries,
                [](const auto& entry) { return entry.first.find("mlp_head") != std::string::npos; });

  EXPECT_THROW(SsastPredictor{file}, Error);
}

}  // namespace
}  // namespace musicmem::models
