// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/network/ssast.h"
#include "models/ssast/network/weights.h"
#include "tests/models/ssast_formula.h"
#include "weights/pth_file.h"

#include <cmath>
#include <cstdlib>
#include <set>
#include <sstream>

#include <ATen/Functions.h>
#include <gtest/gtest.h>
#include <torch/optim/adam.h>

namespace musicmem::models {
namespace {

// "nano/100/avgtok/plain/patch/4"
struct Case {
  std::string name;
  SsastShape shape;
  std::int64_t clips = 0;
};

Case parse_case(const std::string& name) {
  std::vector<std::string> words;
  std::istringstream text(name);
  for (std::string word; std::getline(text, word, '/');) words.push_back(word);
  Case found{name, {}, std::stoi(words[5])};
  set_size(found.shape, words[0] == "nano" ? config::SsastSize::nano : config::SsastSize::tiny);
  set_patches(found.shape, words[4] == "patch" ? config::SsastPatches::patch : config::SsastPatches::frame);
  found.shape.target_length = std::stoi(words[1]);
  found.shape.pooling = words[2] == "cls" ? config::SsastPooling::cls : config::SsastPooling::avgtok;
  found.shape.head = words[3] == "plain" ? config::SsastHead::plain : config::SsastHead::paper;
  return found;
}

// The golden file, or another one of the same script: MUSICMEM_SSAST_GOLDEN=/tmp/today.pth.
const weights::StateDict& golden() {
  static const weights::StateDict state = [] {
    const char* other = std::getenv("MUSICMEM_SSAST_GOLDEN");
    return weights::read_pth(other != nullptr ? other : MUSICMEM_TEST_DATA "/ssast.pth").tensors;
  }();
  return state;
}

std::vector<std::string> case_names() {
  std::set<std::string> names;
  for (const auto& [name, tensor] : golden().entries) {
    if (name != "seed") names.insert(name.substr(0, name.rfind('/')));
  }
  return {names.begin(), names.end()};
}

class SsastGolden : public ::testing::TestWithParam<std::string> {
 protected:
  const weights::Tensor& expected(const std::string& what) const {
    return *golden().find(GetParam() + "/" + what);
  }
  std::int64_t seed() const { return golden().find("seed")->integers().front(); }

  // The model of the case, loaded from its checkpoint of pre-training.
  std::shared_ptr<Ssast> model(const Case& asked) const {
    auto made = std::make_shared<Ssast>(asked.shape, 1);
    const LoadReport report = load_ssast(*made, formula_checkpoint(seed(), asked.shape));
    EXPECT_TRUE(report.missing.empty() && report.other_shape.empty() && report.surplus.empty());
    return made;
  }
  at::Tensor clips(const Case& asked) const {
    return formula_tensor(seed(), "x", {asked.clips, asked.shape.target_length, 128}, 1.0);
  }
  at::Tensor labels(const Case& asked) const {
    return formula_tensor(seed(), "y", {asked.clips, 1}, 0.5, 0.5);
  }
};

TEST_P(SsastGolden, scores_are_those_of_pytorch) {
  const Case asked = parse_case(GetParam());
  const auto net = model(asked);

  const at::Tensor scores = net->forward(clips(asked)).detach().contiguous();

  const std::vector<float> wanted = expected("output").floats();
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(scores.data_ptr<float>()[i], wanted[i], 5e-6);
}

TEST_P(SsastGolden, losses_of_adam_steps_are_those_of_pytorch) {
  const Case asked = parse_case(GetParam());
  const auto net = model(asked);
  const at::Tensor x = clips(asked);
  const at::Tensor y = labels(asked);
  torch::optim::Adam optimizer(net->parameters(),
                               torch::optim::AdamOptions(1e-4).betas({0.95, 0.999}).weight_decay(5e-7));

  std::vector<double> losses;
  std::vector<double> norms;
  for (int step = 0; step < 4; ++step) {
    optimizer.zero_grad();
    const at::Tensor loss = at::mse_loss(net->forward(x), y);
    losses.push_back(loss.item<double>());
    loss.backward();
    for (const at::Tensor& parameter : net->parameters()) {
      if (step == 0) norms.push_back(parameter.grad().to(at::kDouble).norm().item<double>());
    }
    if (step < 3) optimizer.step();
  }

  const std::vector<float> wanted_losses = expected("losses").floats();
  for (std::size_t i = 0; i < losses.size(); ++i) {
    EXPECT_NEAR(losses[i], wanted_losses[i], 1e-4 * wanted_losses[i]) << "after " << i << " steps";
  }
  const std::vector<float> wanted_norms = expected("gradient_norms").floats();
  ASSERT_EQ(norms.size(), wanted_norms.size());
  for (std::size_t i = 0; i < norms.size(); ++i) {
    EXPECT_NEAR(norms[i], wanted_norms[i], 1e-4 * wanted_norms[i] + 1e-7)
        << net->named_parameters().keys()[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, SsastGolden, ::testing::ValuesIn(case_names()), [](const auto& instance) {
  std::string name = instance.param;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
});

}  // namespace
}  // namespace musicmem::models
