// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/network/weights.h"

#include "config/error.h"
#include "models/ssast/names.h"
#include "models/ssast/network/ssast.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include <ATen/Functions.h>
#include <fmt/ranges.h>

namespace musicmem::models {
namespace {

using weights::StateDict;
using weights::Tensor;

constexpr std::string_view positions_name = "v.pos_embed";

std::vector<std::int64_t> shape_of(const at::Tensor& tensor) {
  return tensor.sizes().vec();
}

at::Tensor to_torch(const std::string& name, const Tensor& tensor, const std::string& origin) {
  if (!weights::is_floating(tensor.type)) {
    throw Error("weight '" + name + "' holds whole numbers, as of a quantised model", origin,
                "use a checkpoint in floating point");
  }
  const std::vector<float> values = tensor.floats();
  if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); })) {
    throw Error("weight '" + name + "' holds a value that is not finite", origin, "use another checkpoint");
  }
  const at::Tensor result = at::empty(tensor.shape);
  std::copy(values.begin(), values.end(), result.data_ptr<float>());
  return result;
}

// Positions [1, D, bins, frames] on another grid: the centre is cut out where the new one is smaller, else
// they are interpolated, along time first.
at::Tensor adapt_grid(at::Tensor grid, std::int64_t bins, std::int64_t frames) {
  const std::int64_t old_frames = grid.size(3);
  if (frames < old_frames) {
    grid = grid.narrow(3, old_frames / 2 - frames / 2, frames);
  } else {
    grid = at::upsample_bilinear2d(grid, {grid.size(2), frames}, false);
  }
  const std::int64_t old_bins = grid.size(2);
  if (bins < old_bins) return grid.narrow(2, old_bins / 2 - bins / 2, bins);
  return at::upsample_bilinear2d(grid, {bins, frames}, false);
}

at::Tensor adapt_positions(const at::Tensor& positions, const SsastGrid& old, const SsastShape& shape) {
  const at::Tensor grid = positions.narrow(1, 2, old.bins * old.frames)
                              .reshape({1, old.bins, old.frames, shape.width})
                              .permute({0, 3, 1, 2});
  const at::Tensor adapted = adapt_grid(grid, shape.grid_bins(), shape.grid_frames());
  return at::cat({positions.narrow(1, 0, 2), adapted.permute({0, 2, 3, 1}).reshape({1, -1, shape.width})}, 1);
}

// Tensors that only pre-training uses.
bool is_leftover(std::string_view name) {
  constexpr std::string_view starts[] = {"v.head.",     "v.head_dist.", "mask_embed",  "cpredlayer.",
                                         "gpredlayer.", "p_input_fdim", "p_input_tdim"};
  return std::any_of(std::begin(starts), std::end(starts),
                     [name](std::string_view start) { return name.substr(0, start.size()) == start; });
}

SsastRecognition require_same_model(const SsastShape& shape, const StateDict& state) {
  SsastRecognition found = require_ssast(state);
  const std::string looks = "the file looks like " + found.description;
  if (found.shape.width != shape.width || found.shape.depth != shape.depth) {
    const std::string name = size_name(found.shape.width, found.shape.depth);
    throw Error("is of another size than the model, which is " + describe(shape) + "; " + looks, state.origin,
                name.empty() ? "use another checkpoint" : "set size: " + name);
  }
  if (found.shape.patch_bins != shape.patch_bins || found.shape.patch_frames != shape.patch_frames) {
    throw Error("has patches of another shape than the model, which is " + describe(shape) + "; " + looks,
                state.origin, found.shape.patch_frames == 2 ? "set patches: frame" : "set patches: patch");
  }
  return found;
}

bool is_grid_of(const SsastShape& shape, const SsastGrid& grid) {
  return grid.bins == shape.grid_bins() && grid.frames == shape.grid_frames();
}

// Notes which of the possible grids is taken for a model of that shape.
void take_grid(LoadReport& report, std::vector<SsastGrid> grids, const SsastShape& shape) {
  assert(!grids.empty());
  const auto own = std::find_if(grids.begin(), grids.end(),
                                [&](const SsastGrid& grid) { return is_grid_of(shape, grid); });
  if (own != grids.end()) std::rotate(grids.begin(), own, own + 1);
  report.grid = grids.front();
  report.not_taken.assign(grids.begin() + 1, grids.end());
}

constexpr const char* left_missing = "not in the checkpoint, left at random values";
constexpr const char* left_other = "of another shape, left at random values";

void add_line(std::vector<std::string>& lines, const std::string& what,
              const std::vector<std::string>& names) {
  if (!names.empty()) lines.push_back(fmt::format("{}: {}", what, fmt::join(names, ", ")));
}

bool is_of_head(std::string_view plain_name) {
  return plain_name.starts_with("mlp_head.");
}

// Tensors that no parameter takes: surplus, and leftovers of pre-training.
LoadReport unused_by(const Ssast& model, const StateDict& state) {
  const SsastTensors tensors(state);
  LoadReport report;
  for (const auto& [name, tensor] : state.entries) {
    const std::string plain(tensors.plain(name));
    if (model.named_parameters().contains(plain)) continue;
    (is_leftover(plain) ? report.leftovers : report.surplus).push_back(name);
  }
  return report;
}

void copy_into(at::Tensor parameter, const at::Tensor& values) {
  const at::NoGradGuard record_nothing;
  parameter.copy_(values);
}

}  // namespace

std::vector<std::string> LoadReport::lines() const {
  std::vector<std::string> lines;
  add_line(lines, left_missing, missing);
  add_line(lines, "in the checkpoint but not in the model", surplus);
  add_line(lines, left_other, other_shape);
  return lines;
}

std::vector<std::string> LoadReport::unexpected_lines() const {
  std::vector<std::string> backbone;
  std::vector<std::string> head;
  for (const std::string& name : missing) (is_of_head(name) ? head : backbone).push_back(name);
  const auto is_surplus_of_head = [this](std::string_view name) {
    return is_of_head(name.starts_with(prefix) ? name.substr(prefix.size()) : name);
  };
  const bool partly = std::any_of(surplus.begin(), surplus.end(), is_surplus_of_head) ||
                      std::any_of(other_shape.begin(), other_shape.end(), is_of_head);
  std::vector<std::string> lines;
  add_line(lines, left_missing, partly ? missing : backbone);
  add_line(lines, left_other, other_shape);
  if (!not_taken.empty()) {
    lines.push_back("its positions are taken for " + to_string(grid) + "; they may be " +
                    to_string(not_taken));
  }
  return lines;
}

std::string LoadReport::taken() const {
  return (prefix.empty() ? "" : "prefix '" + prefix + "' taken off; ") + "positions: " + to_string(grid);
}

LoadReport load_ssast(Ssast& model, const StateDict& state) {
  const SsastRecognition found = require_same_model(model.shape(), state);
  const SsastTensors tensors(state);
  LoadReport report;
  report.prefix = found.prefix;
  take_grid(report, found.grids, model.shape());
  for (const auto& item : model.named_parameters()) {
    const Tensor* tensor = tensors.find(item.key());
    if (tensor == nullptr) {
      report.missing.push_back(item.key());
      continue;
    }
    at::Tensor values;
    if (item.key() == positions_name) {
      values = adapt_positions(to_torch(item.key(), *tensor, state.origin), report.grid, model.shape());
    } else if (tensor->shape != shape_of(item.value())) {
      report.other_shape.push_back(item.key() + " " + weights::shape_text(tensor->shape) + " where " +
                                   weights::shape_text(shape_of(item.value())) + " is needed");
      continue;
    } else {
      values = to_torch(item.key(), *tensor, state.origin);
    }
    copy_into(item.value(), values);
  }
  LoadReport unused = unused_by(model, state);
  report.leftovers = std::move(unused.leftovers);
  report.surplus = std::move(unused.surplus);
  return report;
}

std::vector<std::string> load_all(Ssast& model, const StateDict& state) {
  const SsastTensors tensors(state);
  for (const auto& item : model.named_parameters()) {
    const Tensor* tensor = tensors.find(item.key());
    if (tensor == nullptr) {
      throw Error("the weights hold no '" + item.key() + "'", state.origin,
                  "`musicmem inspect FILE` lists what they hold");
    }
    if (tensor->shape != shape_of(item.value())) {
      throw Error("weight '" + item.key() + "' has shape " + weights::shape_text(tensor->shape) + " where " +
                      weights::shape_text(shape_of(item.value())) + " is needed",
                  state.origin);
    }
    copy_into(item.value(), to_torch(item.key(), *tensor, state.origin));
  }
  return unused_by(model, state).surplus;
}

StateDict save_ssast(const Ssast& model) {
  StateDict state;
  for (const auto& item : model.named_parameters()) {
    const at::Tensor values = item.value().detach().to(at::kCPU, at::kFloat).contiguous();
    Tensor tensor;
    tensor.shape = shape_of(values);
    tensor.bytes.assign(reinterpret_cast<const char*>(values.data_ptr<float>()), values.nbytes());
    state.add(item.key(), std::move(tensor));
  }
  return state;
}

}  // namespace musicmem::models
