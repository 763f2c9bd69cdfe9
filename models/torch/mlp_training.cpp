// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/torch/mlp_training.h"

#include "config/error.h"
#include "data/generator.h"
#include "models/statistics/metrics.h"
#include "models/tabular/epoch_scalars.h"
#include "models/tabular/mlp_loss.h"
#include "models/torch/single_thread.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

namespace musicmem::models {
namespace {

using Widths = std::vector<std::int64_t>;

// A layer's parameters and their gradients: views into the two flat tensors of the network.
struct LayerViews {
  at::Tensor weight;  // [outputs, inputs]
  at::Tensor bias;    // [outputs]
  at::Tensor weight_gradient;
  at::Tensor bias_gradient;
};

// The network while it learns. The gradient is written out by hand: for layers this small, recording it would
// take longer than the arithmetic.
class TrainableNetwork {
 public:
  // Parameters uniform in +-1 / sqrt(inputs), as PyTorch's Linear has them.
  TrainableNetwork(const Widths& widths, data::Generator& generator) {
    std::int64_t count = 0;
    for (std::size_t l = 0; l + 1 < widths.size(); ++l) count += (widths[l] + 1) * widths[l + 1];
    parameters_ = at::empty({count});
    gradients_ = at::zeros({count});
    std::int64_t offset = 0;
    for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
      const std::int64_t inputs = widths[l];
      const std::int64_t outputs = widths[l + 1];
      const double bound = 1.0 / std::sqrt(static_cast<double>(inputs));
      for (float& value : flat(parameters_).subspan(offset, (inputs + 1) * outputs)) {
        value = static_cast<float>(bound * (2.0 * generator.uniform() - 1.0));
      }
      LayerViews layer;
      layer.weight = parameters_.narrow(0, offset, inputs * outputs).view({outputs, inputs});
      layer.weight_gradient = gradients_.narrow(0, offset, inputs * outputs).view({outputs, inputs});
      offset += inputs * outputs;
      layer.bias = parameters_.narrow(0, offset, outputs);
      layer.bias_gradient = gradients_.narrow(0, offset, outputs);
      offset += outputs;
      layers_.push_back(std::move(layer));
    }
  }

  // Scores [rows, 1] of x [rows, features]. With `masks` (one [rows, width] per hidden layer, 0 or 1 / (1 -
  // p)) for dropout, without for prediction. Keeps what backward needs.
  at::Tensor forward(const at::Tensor& x, const std::vector<at::Tensor>& masks) {
    inputs_.assign(1, x);
    for (std::size_t l = 0;; ++l) {
      at::Tensor out = at::addmm(layers_[l].bias, inputs_[l], layers_[l].weight.t());
      if (l + 1 == layers_.size()) return out;
      at::relu_(out);
      if (!masks.empty()) out.mul_(masks[l]);
      inputs_.push_back(std::move(out));
    }
  }

  // Fills the gradients from the loss's derivative by the scores of the last forward, [rows, 1]. A hidden
  // unit passes nothing back where it or its mask was 0, and `keep_scale` = 1 / (1 - p) elsewhere.
  void backward(at::Tensor slope, double keep_scale) {
    for (std::size_t l = layers_.size(); l-- > 0;) {
      at::mm_out(layers_[l].weight_gradient, slope.t(), inputs_[l]);
      at::sum_out(layers_[l].bias_gradient, slope, {0});
      if (l == 0) return;
      slope = at::threshold_backward(at::mm(slope, layers_[l].weight), inputs_[l], 0.0);
      if (keep_scale != 1.0) slope.mul_(keep_scale);
    }
  }

  // Takes the parameters of layers of the same widths.
  void set(const DenseNetwork& layers) {
    auto next = parameters().begin();
    for (const DenseLayer& layer : layers) {
      next = std::copy(layer.weight.begin(), layer.weight.end(), next);
      next = std::copy(layer.bias.begin(), layer.bias.end(), next);
    }
    assert(next == parameters().end());
  }

  std::span<float> parameters() { return flat(parameters_); }
  std::span<const float> gradients() { return flat(gradients_); }

  // The layers from a copy of parameters().
  DenseNetwork layers(std::vector<float>::const_iterator next) const {
    DenseNetwork network;
    for (const LayerViews& views : layers_) {
      DenseLayer layer;
      layer.outputs = static_cast<std::size_t>(views.weight.size(0));
      layer.inputs = static_cast<std::size_t>(views.weight.size(1));
      const auto bias = next + views.weight.numel();
      layer.weight.assign(next, bias);
      next = bias + views.bias.numel();
      layer.bias.assign(bias, next);
      network.push_back(std::move(layer));
    }
    return network;
  }

 private:
  static std::span<float> flat(at::Tensor& tensor) {
    return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
  }

  at::Tensor parameters_;
  at::Tensor gradients_;
  std::vector<LayerViews> layers_;
  std::vector<at::Tensor> inputs_;  // of each layer in the last forward
};

// Adam with PyTorch's defaults: decay 0.9 and 0.999, epsilon 1e-8.
class Adam {
 public:
  Adam(std::size_t parameters, double learning_rate)
      : learning_rate_(learning_rate), mean_(parameters, 0.0F), square_(parameters, 0.0F) {}

  void step(std::span<float> parameters, std::span<const float> gradients) {
    mean_share_ *= decay_mean;
    square_share_ *= decay_square;
    const auto rate = static_cast<float>(learning_rate_ / (1.0 - mean_share_));
    const auto square_scale = static_cast<float>(1.0 / std::sqrt(1.0 - square_share_));
    constexpr auto new_mean = static_cast<float>(1.0 - decay_mean);
    constexpr auto new_square = static_cast<float>(1.0 - decay_square);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const float g = gradients[i];
      mean_[i] += new_mean * (g - mean_[i]);
      square_[i] += new_square * (g * g - square_[i]);
      parameters[i] -= rate * mean_[i] / (std::sqrt(square_[i]) * square_scale + epsilon);
    }
  }

 private:
  static constexpr double decay_mean = 0.9;
  static constexpr double decay_square = 0.999;
  static constexpr float epsilon = 1e-8F;
  double learning_rate_;
  double mean_share_ = 1.0;  // of the zeros that the running means began with
  double square_share_ = 1.0;
  std::vector<float> mean_;
  std::vector<float> square_;
};

at::Tensor float_tensor(const std::vector<double>& values, std::int64_t rows, std::int64_t columns) {
  at::Tensor tensor = at::empty({rows, columns});
  std::transform(values.begin(), values.end(), tensor.data_ptr<float>(),
                 [](double value) { return static_cast<float>(value); });
  return tensor;
}

// One training set on its way through the epochs.
class MlpTrainer {
 public:
  MlpTrainer(const TrainingSet& train, const config::MlpSettings& settings, const Widths& widths,
             std::uint64_t seed)
      : settings_(settings),
        generator_(seed),
        network_(widths, generator_),
        adam_(network_.parameters().size(), settings.learning_rate),
        batch_(train.augmented ? settings.batch_augmented : settings.batch),
        hidden_(widths.begin() + 1, widths.end() - 1),
        x_(float_tensor(train.x.values(), static_cast<std::int64_t>(train.rows()), widths.front())),
        y_(train.y.begin(), train.y.end()),
        weights_(train.row_weights.begin(), train.row_weights.end()) {}

  // One pass over the rows in a new order.
  EpochOutcome run_epoch(bool with_gradient_norm) {
    shuffle_rows();
    const std::vector<at::Tensor> masks = dropout_masks();
    const std::int64_t rows = x_.size(0);
    EpochOutcome epoch;
    double batches = 0.0;
    for (std::int64_t first = 0; first < rows; first += batch_) {
      const std::int64_t count = std::min(batch_, rows - first);
      epoch.loss += step(first, count, masks) * static_cast<double>(count);
      if (with_gradient_norm) epoch.gradient_norm += gradient_norm();
      ++batches;
    }
    epoch.loss /= static_cast<double>(rows);
    epoch.gradient_norm /= batches;
    return epoch;
  }

  std::vector<double> predict(const at::Tensor& x) {
    const at::Tensor scores = network_.forward(x, {});
    const float* score = scores.data_ptr<float>();
    return {score, score + scores.numel()};
  }

  void start_from(const DenseNetwork& network) { network_.set(network); }

  std::vector<float> parameters() {
    const std::span<float> values = network_.parameters();
    return {values.begin(), values.end()};
  }

  DenseNetwork network(const std::vector<float>& parameters) const {
    return network_.layers(parameters.begin());
  }

 private:
  void shuffle_rows() {
    std::vector<std::int64_t> order(y_.size());
    std::iota(order.begin(), order.end(), std::int64_t{0});
    generator_.shuffle(order);
    x_epoch_ = x_.index_select(0, at::from_blob(order.data(), {x_.size(0)}, at::kLong));
    y_epoch_ = pick(y_, order);
    if (!weights_.empty()) weights_epoch_ = pick(weights_, order);
  }

  static std::vector<float> pick(const std::vector<float>& values, const std::vector<std::int64_t>& order) {
    std::vector<float> picked;
    for (const std::int64_t row : order) picked.push_back(values[static_cast<std::size_t>(row)]);
    return picked;
  }

  double gradient_norm() {
    double squares = 0.0;
    for (const float g : network_.gradients()) squares += static_cast<double>(g) * g;
    return std::sqrt(squares);
  }

  double keep_scale() const { return 1.0 / (1.0 - settings_.dropout); }

  // Of a whole epoch, drawn at once.
  std::vector<at::Tensor> dropout_masks() {
    std::vector<at::Tensor> masks;
    if (settings_.dropout == 0.0) return masks;
    for (const std::int64_t width : hidden_) {
      at::Tensor mask = at::empty({x_.size(0), width});
      float* value = mask.data_ptr<float>();
      for (float* const end = value + mask.numel(); value != end; ++value) {
        *value = generator_.uniform() < settings_.dropout ? 0.0F : static_cast<float>(keep_scale());
      }
      masks.push_back(std::move(mask));
    }
    return masks;
  }

  // One batch of rows first .. first + count - 1 of the epoch. Returns its loss.
  double step(std::int64_t first, std::int64_t count, const std::vector<at::Tensor>& epoch_masks) {
    std::vector<at::Tensor> masks;
    for (const at::Tensor& mask : epoch_masks) masks.push_back(mask.narrow(0, first, count));
    const at::Tensor scores = network_.forward(x_epoch_.narrow(0, first, count), masks);

    const auto from = static_cast<std::size_t>(first);
    const auto rows = static_cast<std::size_t>(count);
    std::span<const float> weights;
    if (!weights_epoch_.empty()) weights = std::span(weights_epoch_).subspan(from, rows);
    LossSlope result = mlp_loss({scores.data_ptr<float>(), rows}, std::span(y_epoch_).subspan(from, rows),
                                weights, settings_.ranking_weight);
    network_.backward(at::from_blob(result.slope.data(), {count, 1}), masks.empty() ? 1.0 : keep_scale());
    adam_.step(network_.parameters(), network_.gradients());
    return result.loss;
  }

  config::MlpSettings settings_;
  data::Generator generator_;
  TrainableNetwork network_;
  Adam adam_;
  std::int64_t batch_;
  Widths hidden_;
  at::Tensor x_;  // [rows, features]
  std::vector<float> y_;
  std::vector<float> weights_;  // empty for all equal
  at::Tensor x_epoch_;          // the same in the order of the epoch
  std::vector<float> y_epoch_;
  std::vector<float> weights_epoch_;
};

using Clock = std::chrono::steady_clock;

}  // namespace

MlpFit train_mlp(const TrainingSet& train, const TrainingSet& validation, const config::MlpSettings& settings,
                 std::uint64_t seed, data::EventFile* events, const DenseNetwork& initial) {
  assert(train.rows() > 0 && validation.rows() > 0 && train.x.columns() == validation.x.columns());
  const SingleThread one_thread;
  const c10::InferenceMode no_gradients_recorded;
  Widths widths(settings.hidden.begin(), settings.hidden.end());
  widths.insert(widths.begin(), static_cast<std::int64_t>(train.x.columns()));
  widths.push_back(1);
  MlpTrainer trainer(train, settings, widths, seed);
  if (!initial.empty()) trainer.start_from(initial);
  const at::Tensor validation_x =
      float_tensor(validation.x.values(), static_cast<std::int64_t>(validation.rows()), widths.front());

  MlpFit fit;
  std::vector<float> best;
  double smallest = std::numeric_limits<double>::infinity();
  int epochs_since = 0;
  for (int epoch = 1; epoch <= settings.max_epochs && epochs_since < settings.patience; ++epoch) {
    const auto start = Clock::now();
    EpochOutcome outcome = trainer.run_epoch(events != nullptr);
    outcome.learning_rate = settings.learning_rate;
    outcome.rows_per_second =
        static_cast<double>(train.rows()) / std::chrono::duration<double>(Clock::now() - start).count();
    const std::vector<double> scores = trainer.predict(validation_x);
    const double mse = mean_squared_error(validation.y, scores);
    fit.curve.push_back({epoch, outcome.loss, mse});
    if (events != nullptr) events->add(epoch, epoch_scalars(outcome, validation.y, scores));
    ++epochs_since;
    if (mse < smallest) {
      smallest = mse;
      best = trainer.parameters();
      epochs_since = 0;
    }
  }
  if (best.empty()) throw Error("the loss of mlp is not finite", "", "lower the learning rate of the model");
  fit.network = trainer.network(best);
  return fit;
}

}  // namespace musicmem::models
