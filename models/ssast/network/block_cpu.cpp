// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/network/block.h"

#include <algorithm>
#include <cmath>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

namespace musicmem::models {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t rows_per_tile = 256;           // of activations, so that a tile stays in the cache
constexpr std::int64_t scores_per_tile = 128 * 1024;  // of attention
constexpr std::int64_t fewest_rows = 32;              // that are worth a thread

// Calls body(first, count) for tiles of about equal size that cover first .. first + count - 1.
template <class Body>
void for_each_tile(std::int64_t first, std::int64_t count, std::int64_t largest, const Body& body) {
  const std::int64_t tiles = (count + largest - 1) / largest;
  for (std::int64_t i = 0; i < tiles; ++i) {
    const std::int64_t begin = first + count * i / tiles;
    body(begin, first + count * (i + 1) / tiles - begin);
  }
}

// The same over all rows, every thread with an equal share of them.
template <class Body>
void for_each_row_tile(std::int64_t rows, const Body& body) {
  at::parallel_for(0, rows, fewest_rows, [&](std::int64_t begin, std::int64_t end) {
    const at::NoGradGuard record_nothing;
    for_each_tile(begin, end - begin, rows_per_tile, body);
  });
}

struct Normed {
  Tensor values, mean, inverse_deviation;
};

Normed layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  auto [values, mean, inverse_deviation] =
      at::native_layer_norm(x, {x.size(-1)}, weight, bias, block_norm_epsilon);
  return {values, mean, inverse_deviation};
}

// out = x w' + b for rows x.
void linear(Tensor out, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  at::addmm_out(out, bias, x, weight.t());
}

// One head of one clip in the joint matrix [rows, 3 D] of q, k and v, or of their gradients.
struct Head {
  Tensor q, k, v;  // [N, d]
};

Head head_of(const Tensor& qkv, std::int64_t clip, std::int64_t head, std::int64_t tokens,
             std::int64_t heads) {
  const std::int64_t width = qkv.size(1) / 3;
  const std::int64_t d = width / heads;
  const Tensor rows = qkv.narrow(0, clip * tokens, tokens);
  return {rows.narrow(1, head * d, d), rows.narrow(1, width + head * d, d),
          rows.narrow(1, 2 * width + head * d, d)};
}

// Calls body(clip, head) for all of them, spread over the threads.
template <class Body>
void for_each_head(std::int64_t clips, std::int64_t heads, const Body& body) {
  at::parallel_for(0, clips * heads, 1, [&](std::int64_t begin, std::int64_t end) {
    const at::NoGradGuard record_nothing;
    for (std::int64_t i = begin; i < end; ++i) body(i / heads, i % heads);
  });
}

// Weights of attention of some query rows, [rows, N], into `scores`.
void attention_weights(Tensor scores, const Tensor& q, const Tensor& k, double scale) {
  at::addmm_out(scores, scores, q, k.t(), 0, scale);
  at::_softmax_out(scores, scores, 1, false);
}

std::int64_t query_rows(std::int64_t tokens) {
  return std::clamp<std::int64_t>(scores_per_tile / tokens, 16, tokens);
}

// `kept` [clips * heads, N, N] takes the weights of attention; undefined where they are computed again.
void attend(Tensor mixed, const Tensor& kept, const Tensor& qkv, std::int64_t clips, std::int64_t heads) {
  const std::int64_t tokens = qkv.size(0) / clips;
  const std::int64_t d = qkv.size(1) / 3 / heads;
  const double scale = 1.0 / std::sqrt(static_cast<double>(d));
  for_each_head(clips, heads, [&](std::int64_t clip, std::int64_t head) {
    const Head in = head_of(qkv, clip, head, tokens, heads);
    const Tensor out = mixed.narrow(0, clip * tokens, tokens).narrow(1, head * d, d);
    const Tensor scratch =
        kept.defined() ? kept.select(0, clip * heads + head) : at::empty({query_rows(tokens), tokens});
    for_each_tile(0, tokens, query_rows(tokens), [&](std::int64_t first, std::int64_t count) {
      const Tensor scores = scratch.narrow(0, kept.defined() ? first : 0, count);
      attention_weights(scores, in.q.narrow(0, first, count), in.k, scale);
      Tensor result = out.narrow(0, first, count);
      at::mm_out(result, scores, in.v);
    });
  });
}

// Gradients by q, k and v of one head, from those by what it mixed; `kept` are its weights, or undefined.
void attend_backward_head(const Head& gradient, const Head& in, const Tensor& kept,
                          const Tensor& mixed_gradient) {
  const std::int64_t tokens = in.q.size(0);
  const double scale = 1.0 / std::sqrt(static_cast<double>(in.q.size(1)));
  const Tensor weights_scratch = kept.defined() ? kept : at::empty({query_rows(tokens), tokens});
  const Tensor slope_scratch = at::empty({query_rows(tokens), tokens});
  for_each_tile(0, tokens, query_rows(tokens), [&](std::int64_t first, std::int64_t count) {
    const Tensor weights = weights_scratch.narrow(0, kept.defined() ? first : 0, count);
    Tensor slope = slope_scratch.narrow(0, 0, count);
    const Tensor q = in.q.narrow(0, first, count);
    const Tensor out = mixed_gradient.narrow(0, first, count);
    const double keep = first == 0 ? 0.0 : 1.0;
    if (!kept.defined()) attention_weights(weights, q, in.k, scale);
    Tensor by_v = gradient.v;
    at::addmm_out(by_v, by_v, weights.t(), out, keep, 1.0);
    at::mm_out(slope, out, in.v.t());
    at::_softmax_backward_data_out(slope, slope, weights, 1, at::kFloat);
    Tensor by_q = gradient.q.narrow(0, first, count);
    at::addmm_out(by_q, by_q, slope, in.k, 0, scale);
    Tensor by_k = gradient.k;
    at::addmm_out(by_k, by_k, slope.t(), q, keep, scale);
  });
}

// What the backward pass needs of the forward pass; rows are clips times tokens.
struct Kept {
  Tensor x;        // [rows, D]
  Tensor qkv;      // [rows, 3 D]
  Tensor mixed;    // [rows, D], what attention gave
  Tensor middle;   // [rows, D], after the first residual
  Tensor hidden;   // [rows, 4 D], before GELU
  Tensor weights;  // [clips * heads, N, N], of attention; undefined where they are computed again
};

// Reading them back from memory is faster than computing them again, as long as there is memory for them.
bool keeps_weights(std::int64_t clips, std::int64_t heads, std::int64_t tokens) {
  constexpr std::int64_t most_values = 16 * 1024 * 1024;
  return at::GradMode::is_enabled() && clips * heads * tokens * tokens <= most_values;
}

Tensor block_forward(Kept& kept, const BlockWeights& w, std::int64_t clips, std::int64_t heads) {
  const std::int64_t rows = kept.x.size(0);
  const std::int64_t width = kept.x.size(1);
  kept.qkv = at::empty({rows, 3 * width});
  kept.mixed = at::empty({rows, width});
  kept.middle = at::empty({rows, width});
  kept.hidden = at::empty({rows, 4 * width});
  Tensor result = at::empty({rows, width});
  for_each_row_tile(rows, [&](std::int64_t first, std::int64_t count) {
    const Normed normed = layer_norm(kept.x.narrow(0, first, count), w.norm1_weight, w.norm1_bias);
    linear(kept.qkv.narrow(0, first, count), normed.values, w.qkv_weight, w.qkv_bias);
  });
  attend(kept.mixed, kept.weights, kept.qkv, clips, heads);
  for_each_row_tile(rows, [&](std::int64_t first, std::int64_t count) {
    Tensor middle = kept.middle.narrow(0, first, count);
    linear(middle, kept.mixed.narrow(0, first, count), w.proj_weight, w.proj_bias);
    middle.add_(kept.x.narrow(0, first, count));
    const Normed normed = layer_norm(middle, w.norm2_weight, w.norm2_bias);
    const Tensor hidden = kept.hidden.narrow(0, first, count);
    linear(hidden, normed.values, w.fc1_weight, w.fc1_bias);
    Tensor out = result.narrow(0, first, count);
    linear(out, at::gelu(hidden), w.fc2_weight, w.fc2_bias);
    out.add_(middle);
  });
  return result;
}

// The gradient of a linear layer's weight and bias, [outputs, inputs] and
// [outputs]: every thread some outputs.
void weight_gradient(Tensor by_weight, Tensor by_bias, const Tensor& slope, const Tensor& input) {
  at::parallel_for(0, slope.size(1), fewest_rows, [&](std::int64_t begin, std::int64_t end) {
    const at::NoGradGuard record_nothing;
    const Tensor columns = slope.narrow(1, begin, end - begin);
    Tensor weight = by_weight.narrow(0, begin, end - begin);
    at::mm_out(weight, columns.t(), input);
    Tensor bias = by_bias.narrow(0, begin, end - begin);
    at::sum_out(bias, columns, {0});
  });
}

// The backward pass of one block: gradients by x and by its twelve parameters.
class BlockBackward {
 public:
  BlockBackward(const Kept& kept, const BlockWeights& weights, std::int64_t clips, std::int64_t heads)
      : kept_(kept),
        w_(weights),
        clips_(clips),
        heads_(heads),
        rows_(kept.x.size(0)),
        width_(kept.x.size(1)) {}

  variable_list run(const Tensor& slope) {
    mlp(slope);
    attention();
    input();
    return {by_x_,           by_norm1_.weight, by_norm1_.bias,   by_qkv_.weight, by_qkv_.bias,
            by_proj_.weight, by_proj_.bias,    by_norm2_.weight, by_norm2_.bias, by_fc1_.weight,
            by_fc1_.bias,    by_fc2_.weight,   by_fc2_.bias};
  }

 private:
  struct Gradient {
    Tensor weight, bias;
  };

  static Gradient linear_gradient(const Tensor& weight, const Tensor& slope, const Tensor& input) {
    Gradient gradient{at::empty_like(weight), at::empty({weight.size(0)})};
    weight_gradient(gradient.weight, gradient.bias, slope, input);
    return gradient;
  }

  // The gradient by the rows x of a normalisation; those by gain and shift are added to the sums.
  static Tensor norm_backward(const Tensor& slope, const Tensor& x, const Normed& normed,
                              const Tensor& weight, const Tensor& bias, Tensor& gain_sum, Tensor& shift_sum) {
    auto [by_x, by_gain, by_shift] = at::native_layer_norm_backward(
        slope, x, {x.size(-1)}, normed.mean, normed.inverse_deviation, weight, bias, {true, true, true});
    gain_sum.add_(by_gain);
    shift_sum.add_(by_shift);
    return by_x;
  }

  // Tiles of rows; body(first, count, gain, shift) adds to the sums of its thread.
  template <class Body>
  Gradient with_norm_sums(const Body& body) {
    const Tensor sums = at::zeros({at::get_num_threads(), 2, width_});
    at::parallel_for(0, rows_, fewest_rows, [&](std::int64_t begin, std::int64_t end) {
      const at::NoGradGuard record_nothing;
      Tensor gain = sums.select(0, at::get_thread_num()).select(0, 0);
      Tensor shift = sums.select(0, at::get_thread_num()).select(0, 1);
      for_each_tile(begin, end - begin, rows_per_tile,
                    [&](std::int64_t first, std::int64_t count) { body(first, count, gain, shift); });
    });
    const Tensor total = sums.sum(0);
    return {total.select(0, 0), total.select(0, 1)};
  }

  // From the block's result to what attention mixed.
  void mlp(const Tensor& slope) {
    const Tensor active = at::empty_like(kept_.hidden);
    const Tensor by_hidden = at::empty_like(kept_.hidden);
    const Tensor normed_middle = at::empty_like(kept_.x);
    by_middle_ = at::empty_like(kept_.x);
    by_mixed_ = at::empty_like(kept_.x);
    by_norm2_ = with_norm_sums([&](std::int64_t first, std::int64_t count, Tensor& gain, Tensor& shift) {
      const auto tile = [first, count](const Tensor& rows) { return rows.narrow(0, first, count); };
      Tensor gelu = tile(active);
      at::gelu_out(gelu, tile(kept_.hidden));
      Tensor hidden = tile(by_hidden);
      at::gelu_backward_out(hidden, at::mm(tile(slope), w_.fc2_weight), tile(kept_.hidden));
      const Normed normed = layer_norm(tile(kept_.middle), w_.norm2_weight, w_.norm2_bias);
      tile(normed_middle).copy_(normed.values);
      const Tensor by_normed = at::mm(hidden, w_.fc1_weight);
      const Tensor by_middle =
          norm_backward(by_normed, tile(kept_.middle), normed, w_.norm2_weight, w_.norm2_bias, gain, shift);
      Tensor sum = tile(by_middle_);
      at::add_out(sum, by_middle, tile(slope));
      Tensor mixed = tile(by_mixed_);
      at::mm_out(mixed, sum, w_.proj_weight);
    });
    by_fc2_ = linear_gradient(w_.fc2_weight, slope, active);
    by_fc1_ = linear_gradient(w_.fc1_weight, by_hidden, normed_middle);
    by_proj_ = linear_gradient(w_.proj_weight, by_middle_, kept_.mixed);
  }

  void attention() {
    by_qkv_rows_ = at::empty_like(kept_.qkv);
    const std::int64_t tokens = rows_ / clips_;
    const std::int64_t d = width_ / heads_;
    for_each_head(clips_, heads_, [&](std::int64_t clip, std::int64_t head) {
      attend_backward_head(head_of(by_qkv_rows_, clip, head, tokens, heads_),
                           head_of(kept_.qkv, clip, head, tokens, heads_),
                           kept_.weights.defined() ? kept_.weights.select(0, clip * heads_ + head) : Tensor(),
                           by_mixed_.narrow(0, clip * tokens, tokens).narrow(1, head * d, d));
    });
  }

  // From q, k and v to the block's input.
  void input() {
    const Tensor normed_x = at::empty_like(kept_.x);
    by_x_ = at::empty_like(kept_.x);
    by_norm1_ = with_norm_sums([&](std::int64_t first, std::int64_t count, Tensor& gain, Tensor& shift) {
      const auto tile = [first, count](const Tensor& rows) { return rows.narrow(0, first, count); };
      const Normed normed = layer_norm(tile(kept_.x), w_.norm1_weight, w_.norm1_bias);
      tile(normed_x).copy_(normed.values);
      const Tensor by_normed = at::mm(tile(by_qkv_rows_), w_.qkv_weight);
      const Tensor by_x =
          norm_backward(by_normed, tile(kept_.x), normed, w_.norm1_weight, w_.norm1_bias, gain, shift);
      Tensor sum = tile(by_x_);
      at::add_out(sum, by_x, tile(by_middle_));
    });
    by_qkv_ = linear_gradient(w_.qkv_weight, by_qkv_rows_, normed_x);
  }

  const Kept& kept_;
  const BlockWeights& w_;
  std::int64_t clips_;
  std::int64_t heads_;
  std::int64_t rows_;
  std::int64_t width_;
  Tensor by_middle_;
  Tensor by_mixed_;
  Tensor by_qkv_rows_;
  Tensor by_x_;
  Gradient by_norm1_, by_qkv_, by_proj_, by_norm2_, by_fc1_, by_fc2_;
};

// The block as autograd sees it: thirteen tensors in, one out.
class FusedBlock : public torch::autograd::Function<FusedBlock> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& norm1_weight,
                        const Tensor& norm1_bias, const Tensor& qkv_weight, const Tensor& qkv_bias,
                        const Tensor& proj_weight, const Tensor& proj_bias, const Tensor& norm2_weight,
                        const Tensor& norm2_bias, const Tensor& fc1_weight, const Tensor& fc1_bias,
                        const Tensor& fc2_weight, const Tensor& fc2_bias, std::int64_t heads,
                        bool keep_weights) {
    const BlockWeights w{norm1_weight, norm1_bias, qkv_weight, qkv_bias, proj_weight, proj_bias,
                         norm2_weight, norm2_bias, fc1_weight, fc1_bias, fc2_weight,  fc2_bias};
    Kept kept;
    kept.x = x.reshape({-1, x.size(2)});
    if (keep_weights) kept.weights = at::empty({x.size(0) * heads, x.size(1), x.size(1)});
    const Tensor result = block_forward(kept, w, x.size(0), heads);
    context->save_for_backward({x, kept.qkv, kept.mixed, kept.middle, kept.hidden, norm1_weight, norm1_bias,
                                qkv_weight, qkv_bias, proj_weight, proj_bias, norm2_weight, norm2_bias,
                                fc1_weight, fc1_bias, fc2_weight, fc2_bias, kept.weights});
    context->saved_data["heads"] = heads;
    return result.view(x.sizes());
  }

  static variable_list backward(AutogradContext* context, variable_list slopes) {
    const variable_list saved = context->get_saved_variables();
    const Kept kept{
        saved[0].reshape({-1, saved[0].size(2)}), saved[1], saved[2], saved[3], saved[4], saved[17]};
    const BlockWeights w{saved[5],  saved[6],  saved[7],  saved[8],  saved[9],  saved[10],
                         saved[11], saved[12], saved[13], saved[14], saved[15], saved[16]};
    const std::int64_t clips = saved[0].size(0);
    const std::int64_t heads = context->saved_data["heads"].toInt();
    const Tensor slope = slopes[0].reshape(kept.x.sizes());
    variable_list gradients = BlockBackward(kept, w, clips, heads).run(slope);
    gradients[0] = gradients[0].view(saved[0].sizes());
    gradients.resize(gradients.size() + 2);  // the last two arguments are no tensors
    return gradients;
  }
};

}  // namespace

Tensor fused_cpu_block(const Tensor& x, const BlockWeights& w, std::int64_t heads) {
  return FusedBlock::apply(x, w.norm1_weight, w.norm1_bias, w.qkv_weight, w.qkv_bias, w.proj_weight,
                           w.proj_bias, w.norm2_weight, w.norm2_bias, w.fc1_weight, w.fc1_bias, w.fc2_weight,
                           w.fc2_bias, heads, keeps_weights(x.size(0), heads, x.size(1)));
}

}  // namespace musicmem::models
