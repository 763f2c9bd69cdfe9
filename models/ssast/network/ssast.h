// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/ssast/network/block.h"
#include "models/ssast/shape.h"

#include <vector>

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

namespace musicmem::data {
class Generator;
}

namespace musicmem::models {

// Self-supervised audio spectrogram transformer with a regression head. Parameters carry the names of the
// public checkpoints without `module.`: `v.pos_embed`, `v.blocks.0.attn.qkv.weight`, `mlp_head.0.weight` ...
class Ssast : public torch::nn::Module {
 public:
  // Random weights: truncated normal of deviation 0.02 for the transformer (as DeiT), torch's defaults for
  // the head. They are a function of the seed alone. Without one the weights are zeros: drawing takes seconds
  // for the larger models, in vain where all are replaced.
  Ssast(const SsastShape& shape, std::optional<std::uint64_t> seed);

  const SsastShape& shape() const { return shape_; }

  // One score per clip, [B, 1], of log-mel x [B, target_length, mel_bins], float32 and already normalised.
  //
  // `head_masks` are the dropout masks of the paper's head, [B, 2, 256] with 0 or 2, in training; undefined
  // for none.
  //
  // Under autocast the head stays in float32: bfloat16 has steps of 1/256 between 0.5 and 1, where scores lie.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& head_masks = {});

  // What the head scores: the mean of the last block's tokens, [B, width].
  at::Tensor encode(const at::Tensor& x) const;

  // Masks of `clips` clips, drawn clip by clip, so that they do not depend on how a batch is split. Undefined
  // for the plain head, which has no dropout.
  at::Tensor draw_head_masks(data::Generator& generator, std::int64_t clips) const;

  // In the order of named_parameters(): the head's, and all others.
  std::vector<at::Tensor> head_parameters() const;
  std::vector<at::Tensor> backbone_parameters() const;

  // A frozen backbone takes no gradient and records nothing in forward.
  void freeze_backbone(bool frozen = true);
  bool backbone_is_frozen() const { return frozen_; }

 private:
  at::Tensor tokens(const at::Tensor& x) const;
  at::Tensor apply_head(const at::Tensor& pooled, const at::Tensor& masks) const;

  SsastShape shape_;
  bool frozen_ = false;
  at::Tensor cls_token_;
  at::Tensor dist_token_;
  at::Tensor pos_embed_;
  at::Tensor patch_weight_;
  at::Tensor patch_bias_;
  std::vector<BlockWeights> blocks_;
  at::Tensor norm_weight_;
  at::Tensor norm_bias_;
  std::vector<at::Tensor> head_;  // weight and bias of each layer in turn
};

}  // namespace musicmem::models
