// SPDX-License-Identifier: GPL-3.0-or-later
// PyTorch checkpoints on the command line: inspect, export-weights and predict.
#include "tests/integration/study_fixture.h"
#include "weights/pth_file.h"

#include <cmath>
#include <functional>
#include <numeric>

#include <gmock/gmock.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using weights::StateDict;
using weights::Tensor;

void add(StateDict& state, const std::string& name, std::vector<std::int64_t> shape) {
  const auto count = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(0.1 * std::sin(static_cast<double>(i + name.size())));
  }
  state.add("module." + name, Tensor::of(values, std::move(shape)));
}

void add_layer(StateDict& state, const std::string& name, std::vector<std::int64_t> shape) {
  const std::int64_t outputs = shape.front();
  add(state, name + ".weight", std::move(shape));
  add(state, name + ".bias", {outputs});
}

// A fine-tuned nano SSAST for five-second clips with the plain head.
StateDict fine_tuned() {
  StateDict state;
  add(state, "v.cls_token", {1, 1, 64});
  add(state, "v.pos_embed", {1, 2 + 12 * 49, 64});
  add(state, "v.dist_token", {1, 1, 64});
  add_layer(state, "v.patch_embed.proj", {64, 1, 16, 16});
  for (int i = 0; i < 4; ++i) {
    const std::string block = "v.blocks." + std::to_string(i) + ".";
    add_layer(state, block + "norm1", {64});
    add_layer(state, block + "attn.qkv", {192, 64});
    add_layer(state, block + "attn.proj", {64, 64});
    add_layer(state, block + "norm2", {64});
    add_layer(state, block + "mlp.fc1", {256, 64});
    add_layer(state, block + "mlp.fc2", {64, 256});
  }
  add_layer(state, "v.norm", {64});
  add_layer(state, "mlp_head.0", {64});
  add_layer(state, "mlp_head.1", {1, 64});
  return state;
}

class Checkpoints : public SmallStudy {
 protected:
  void SetUp() override {
    SmallStudy::SetUp();
    tuned_ = directory_ / "tuned.pth";
    weights::write_pth(tuned_, fine_tuned());
  }

  fs::path tuned_;
};

TEST_F(Checkpoints, inspect_recognises_the_model) {
  const ProgramResult result = musicmem({"inspect", tuned_.string()});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("SSAST nano"), HasSubstr("grid 12x49"), HasSubstr("plain regression head"),
                    HasSubstr("module.v.blocks.3.mlp.fc2.weight"), HasSubstr("[64, 256]")));
}

TEST_F(Checkpoints, an_exported_copy_predicts_the_same) {
  const ProgramResult exported = musicmem({"export-weights", tuned_.string(), "--output", "copy.pth"});
  const ProgramResult original =
      musicmem({"predict", "--weights", tuned_.string(), "--model", "ssast", clip(0).string()});
  const ProgramResult copy = musicmem({"predict", "--weights", "copy.pth", clip(0).string()});

  ASSERT_EQ(exported.exit_code, 0) << exported.errors;
  ASSERT_EQ(original.exit_code, 0) << original.errors;
  EXPECT_THAT(original.output, HasSubstr(clip(0).string() + ","));
  EXPECT_EQ(copy.output, original.output);
}

TEST_F(Checkpoints, what_tensors_do_not_tell_is_exported_beside_them) {
  weights::Remarks remarks;
  remarks.texts["pooling"] = "cls";
  weights::write_pth(directory_ / "cls.pth", fine_tuned(), remarks);

  const ProgramResult exported = musicmem({"export-weights", "cls.pth", "--output", "copy.pth"});
  const ProgramResult original = musicmem({"predict", "--weights", "cls.pth", clip(0).string()});

  EXPECT_THAT(exported.errors, HasSubstr("under 'model'"));
  EXPECT_EQ(musicmem({"predict", "--weights", "copy.pth", clip(0).string()}).output, original.output);
  EXPECT_NE(musicmem({"predict", "--weights", "tuned.pth", clip(0).string()}).output, original.output);
}

TEST_F(Checkpoints, scores_are_not_given_by_weights_that_are_not_the_models) {
  const auto predicted = [&](const char* name, const StateDict& state) {
    weights::write_pth(directory_ / name, state);
    return musicmem({"predict", "--weights", name, clip(0).string()});
  };
  StateDict gap = fine_tuned();
  std::erase_if(gap.entries,
                [](const auto& entry) { return entry.first.find("blocks.1.") != std::string::npos; });
  StateDict surplus = fine_tuned();
  add(surplus, "v.extra", {3});
  StateDict huge = fine_tuned();
  for (auto& [name, tensor] : huge.entries) {
    if (name == "module.v.norm.weight") tensor = Tensor::of(std::vector<float>(64, 3e38F), {64});
  }
  std::string damaged = text_of(tuned_);
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
  write_text(directory_ / "damaged.pth", damaged);

  const ProgramResult with_gap = predicted("gap.pth", gap);
  const ProgramResult with_surplus = predicted("surplus.pth", surplus);
  const ProgramResult with_huge = predicted("huge.pth", huge);
  const ProgramResult with_damage = musicmem({"predict", "--weights", "damaged.pth", clip(0).string()});

  EXPECT_EQ(with_gap.exit_code, 1);
  EXPECT_THAT(with_gap.errors, HasSubstr("no v.blocks.1.norm1.weight"));
  EXPECT_EQ(with_surplus.exit_code, 0);
  EXPECT_THAT(with_surplus.errors, HasSubstr("module.v.extra"));
  EXPECT_EQ(with_huge.exit_code, 1);
  EXPECT_THAT(with_huge.errors, AllOf(HasSubstr(clip(0).string()), HasSubstr("not a finite number")));
  EXPECT_EQ(with_damage.exit_code, 1);
  EXPECT_THAT(with_damage.errors, AllOf(HasSubstr("damaged.pth"), HasSubstr("is damaged")));
}

TEST_F(Checkpoints, a_file_that_cannot_predict_is_refused) {
  const fs::path other =
      fs::path(MUSICMEM_TEST_DATA).parent_path().parent_path() / "weights/golden/ordered.pth";

  const ProgramResult wrong_model =
      musicmem({"predict", "--weights", tuned_.string(), "--model", "svr", clip(0).string()});
  const ProgramResult no_model = musicmem({"predict", "--weights", other.string(), clip(0).string()});
  const ProgramResult missing = musicmem({"inspect", "no_such.pth"});

  EXPECT_EQ(wrong_model.exit_code, 1);
  EXPECT_THAT(wrong_model.errors, HasSubstr("'svr'"));
  EXPECT_EQ(no_model.exit_code, 1);
  EXPECT_THAT(no_model.errors, AllOf(HasSubstr("ordered.pth"), HasSubstr("no SSAST model")));
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.errors, HasSubstr("no_such.pth"));
}

TEST_F(Checkpoints, inspect_says_what_a_run_and_its_files_hold) {
  ASSERT_EQ(run_study({"models=[{name: svr}]", "augment.pitch_semitones=[]"}).exit_code, 0);

  const ProgramResult run_text = musicmem({"inspect", "run"});
  const ProgramResult fit = musicmem({"inspect", "run/folds/svr/vanilla/seed-none/fold-0"});
  const ProgramResult features = musicmem({"inspect", store().string()});

  EXPECT_THAT(run_text.output, AllOf(HasSubstr("svr/vanilla"), HasSubstr("3 of 3 fits")));
  EXPECT_THAT(fit.output, AllOf(HasSubstr("weights of a fit"), HasSubstr("normalisation.mean")));
  EXPECT_THAT(features.output, AllOf(HasSubstr("ehc"), HasSubstr("[12, 9,")));
}

}  // namespace
}  // namespace musicmem::testing_support
