// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/network/ssast.h"

#include "data/generator.h"

#include <cassert>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

namespace musicmem::models {
namespace {

constexpr std::int64_t paper_head_width = 256;
constexpr double head_norm_epsilon = 1e-5;
constexpr double initial_deviation = 0.02;

at::Tensor filled(at::IntArrayRef shape, const std::function<double()>& draw) {
  at::Tensor tensor = at::empty(shape);
  float* value = tensor.data_ptr<float>();
  for (float* const end = value + tensor.numel(); value != end; ++value) *value = static_cast<float>(draw());
  return tensor;
}

// Zeros without a generator; otherwise normal with deviation 0.02, redrawn beyond
// two deviations (Box and Muller).
at::Tensor truncated_normal(at::IntArrayRef shape, data::Generator* generator) {
  if (generator == nullptr) return at::zeros(shape);
  return filled(shape, [generator] {
    for (;;) {
      const double radius = std::sqrt(-2.0 * std::log(1.0 - generator->uniform()));
      const double value = radius * std::cos(2.0 * std::numbers::pi * generator->uniform());
      if (std::abs(value) <= 2.0) return initial_deviation * value;
    }
  });
}

// Uniform in +-1 / sqrt(inputs): torch's default for linear and convolution layers.
at::Tensor uniform_for(std::int64_t inputs, at::IntArrayRef shape, data::Generator* generator) {
  if (generator == nullptr) return at::zeros(shape);
  const double bound = 1.0 / std::sqrt(static_cast<double>(inputs));
  return filled(shape, [generator, bound] { return bound * (2.0 * generator->uniform() - 1.0); });
}

// A chain of modules that only names the parameters below it, "v.blocks.0.attn.qkv.weight".
class Named : public torch::nn::Module {
 public:
  at::Tensor add(const std::string& name, at::Tensor value) {
    return register_parameter(name, std::move(value));
  }
  std::shared_ptr<Named> part(const std::string& name) {
    return register_module(name, std::make_shared<Named>());
  }

  void linear(const std::string& name, std::int64_t outputs, std::int64_t inputs, data::Generator* generator,
              at::Tensor& weight, at::Tensor& bias) {
    const std::shared_ptr<Named> layer = part(name);
    weight = layer->add("weight", truncated_normal({outputs, inputs}, generator));
    bias = layer->add("bias", at::zeros({outputs}));
  }
  void norm(const std::string& name, std::int64_t width, at::Tensor& weight, at::Tensor& bias) {
    const std::shared_ptr<Named> layer = part(name);
    weight = layer->add("weight", at::ones({width}));
    bias = layer->add("bias", at::zeros({width}));
  }
};

BlockWeights add_block(Named& block, std::int64_t width, data::Generator* generator) {
  BlockWeights w;
  block.norm("norm1", width, w.norm1_weight, w.norm1_bias);
  const std::shared_ptr<Named> attention = block.part("attn");
  attention->linear("qkv", 3 * width, width, generator, w.qkv_weight, w.qkv_bias);
  attention->linear("proj", width, width, generator, w.proj_weight, w.proj_bias);
  block.norm("norm2", width, w.norm2_weight, w.norm2_bias);
  const std::shared_ptr<Named> mlp = block.part("mlp");
  mlp->linear("fc1", 4 * width, width, generator, w.fc1_weight, w.fc1_bias);
  mlp->linear("fc2", width, 4 * width, generator, w.fc2_weight, w.fc2_bias);
  return w;
}

// The head's layers under the numbers they have among its activations and dropouts.
std::vector<at::Tensor> add_head(Named& head, const SsastShape& shape, data::Generator* generator) {
  std::vector<at::Tensor> parameters(2);
  head.norm("0", shape.width, parameters[0], parameters[1]);
  const auto linear = [&](const std::string& name, std::int64_t outputs, std::int64_t inputs) {
    const std::shared_ptr<Named> layer = head.part(name);
    parameters.push_back(layer->add("weight", uniform_for(inputs, {outputs, inputs}, generator)));
    parameters.push_back(layer->add("bias", uniform_for(inputs, {outputs}, generator)));
  };
  if (shape.head == config::SsastHead::plain) {
    linear("1", 1, shape.width);
  } else {
    linear("1", paper_head_width, shape.width);
    linear("3", paper_head_width, paper_head_width);
    linear("6", 1, paper_head_width);
  }
  return parameters;
}

}  // namespace

Ssast::Ssast(const SsastShape& shape, std::optional<std::uint64_t> seed) : shape_(shape) {
  assert(shape.width % shape.heads == 0 && shape.target_length >= shape.patch_frames);
  std::optional<data::Generator> drawing;
  if (seed) drawing.emplace(*seed);
  data::Generator* generator = drawing ? &*drawing : nullptr;
  const auto v = register_module("v", std::make_shared<Named>());
  cls_token_ = v->add("cls_token", truncated_normal({1, 1, shape.width}, generator));
  pos_embed_ = v->add("pos_embed", truncated_normal({1, shape.tokens(), shape.width}, generator));
  dist_token_ = v->add("dist_token", truncated_normal({1, 1, shape.width}, generator));
  const auto proj = v->part("patch_embed")->part("proj");
  const std::int64_t inputs = shape.patch_bins * shape.patch_frames;
  patch_weight_ = proj->add(
      "weight", uniform_for(inputs, {shape.width, 1, shape.patch_bins, shape.patch_frames}, generator));
  patch_bias_ = proj->add("bias", uniform_for(inputs, {shape.width}, generator));
  const auto blocks = v->part("blocks");
  for (std::int64_t i = 0; i < shape.depth; ++i) {
    blocks_.push_back(add_block(*blocks->part(std::to_string(i)), shape.width, generator));
  }
  v->norm("norm", shape.width, norm_weight_, norm_bias_);
  const auto head = register_module("mlp_head", std::make_shared<Named>());
  head_ = add_head(*head, shape, generator);
}

at::Tensor Ssast::tokens(const at::Tensor& x) const {
  const std::int64_t clips = x.size(0);
  const at::Tensor patches =
      x.transpose(1, 2)
          .unfold(1, shape_.patch_bins, shape_.stride_bins)
          .unfold(2, shape_.patch_frames, shape_.stride_frames)
          .reshape({clips, shape_.tokens() - 2, shape_.patch_bins * shape_.patch_frames});
  const at::Tensor embedded = at::linear(patches, patch_weight_.view({shape_.width, -1}), patch_bias_);
  const auto for_each_clip = [&](const at::Tensor& token) {
    return token.expand({clips, 1, shape_.width}).to(embedded.scalar_type());
  };
  return at::cat({for_each_clip(cls_token_), for_each_clip(dist_token_), embedded}, 1) + pos_embed_;
}

at::Tensor Ssast::encode(const at::Tensor& x) const {
  at::Tensor encoded = tokens(x);
  for (const BlockWeights& block : blocks_) encoded = transformer_block(encoded, block, shape_.heads);
  encoded = at::layer_norm(encoded, {shape_.width}, norm_weight_, norm_bias_, block_norm_epsilon);
  if (shape_.pooling == config::SsastPooling::cls) return encoded.narrow(1, 0, 2).mean(1);
  return encoded.narrow(1, 2, encoded.size(1) - 2).mean(1);
}

at::Tensor Ssast::apply_head(const at::Tensor& pooled, const at::Tensor& masks) const {
  const c10::impl::ExcludeDispatchKeyGuard in_full_precision(c10::autocast_dispatch_keyset);
  at::Tensor y = at::layer_norm(pooled.to(head_[0].scalar_type()), {shape_.width}, head_[0], head_[1],
                                head_norm_epsilon);
  y = at::linear(y, head_[2], head_[3]);
  if (shape_.head == config::SsastHead::plain) return y;
  if (masks.defined()) y = y * masks.select(1, 0);
  y = at::linear(y, head_[4], head_[5]);
  if (masks.defined()) y = y * masks.select(1, 1);
  return at::linear(at::relu(y), head_[6], head_[7]);
}

at::Tensor Ssast::forward(const at::Tensor& x, const at::Tensor& head_masks) {
  assert(x.dim() == 3 && x.size(1) == shape_.target_length && x.size(2) == shape_.mel_bins);
  if (!frozen_) return apply_head(encode(x), head_masks);
  at::Tensor pooled;
  {
    const at::NoGradGuard record_nothing;
    pooled = encode(x);
  }
  return apply_head(pooled, head_masks);
}

at::Tensor Ssast::draw_head_masks(data::Generator& generator, std::int64_t clips) const {
  if (shape_.head == config::SsastHead::plain) return {};
  return filled({clips, 2, paper_head_width}, [&generator] { return generator.uniform() < 0.5 ? 0.0 : 2.0; });
}

std::vector<at::Tensor> Ssast::head_parameters() const {
  return head_;
}

std::vector<at::Tensor> Ssast::backbone_parameters() const {
  return named_children()["v"]->parameters();
}

void Ssast::freeze_backbone(bool frozen) {
  frozen_ = frozen;
  for (at::Tensor parameter : backbone_parameters()) parameter.set_requires_grad(!frozen);
}

}  // namespace musicmem::models
