// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "models/ssast/names.h"
#include "models/ssast/network/ssast.h"
#include "models/ssast/network/weights.h"
#include "models/ssast/reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

SsastShape nano(std::int64_t stride, std::int64_t frames,
                config::SsastPatches patches = config::SsastPatches::patch) {
  SsastShape shape;
  set_size(shape, config::SsastSize::nano);
  set_patches(shape, patches);
  if (patches == config::SsastPatches::patch) shape.stride_bins = shape.stride_frames = stride;
  shape.target_length = frames;
  return shape;
}

// The strides of the grids that the patches of fine-tuning with that stride and length may be of.
std::vector<std::int64_t> strides_of(std::int64_t stride, std::int64_t frames, const GridHints& hints = {}) {
  const SsastShape shape = nano(stride, frames);
  std::vector<std::int64_t> strides;
  for (const SsastGrid& grid : possible_grids(shape, shape.grid_bins() * shape.grid_frames(), hints)) {
    strides.push_back(grid.stride);
  }
  return strides;
}

weights::PthFile file_of(const SsastShape& shape, const std::string& prefix = "") {
  weights::PthFile file;
  file.tensors = save_ssast(Ssast(shape, 1));
  for (auto& [name, tensor] : file.tensors.entries) name.insert(0, prefix);
  return file;
}

std::string refusal(const weights::PthFile& file, const SsastAnswers& answers = {}) {
  try {
    read_ssast(file, answers);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(SsastGrid, published_strides_tell_the_usual_grids) {
  EXPECT_THAT(strides_of(10, 100), ElementsAre(10));
  EXPECT_THAT(strides_of(10, 500), ElementsAre(10));
  EXPECT_THAT(strides_of(10, 1024), ElementsAre(10));
  EXPECT_THAT(strides_of(16, 500), ElementsAre(16));
  EXPECT_THAT(strides_of(16, 1024), ElementsAre(16));
}

TEST(SsastGrid, several_are_possible_where_the_number_of_patches_is_of_both) {
  EXPECT_THAT(strides_of(16, 100), ElementsAre(16, 10)) << "48 patches";
  EXPECT_THAT(strides_of(10, 128), ElementsAre(10, 16)) << "144 patches";
  EXPECT_THAT(strides_of(12, 100), ElementsAre(12, 16)) << "80 patches";
}

TEST(SsastGrid, other_strides_are_found_by_a_usual_length) {
  EXPECT_THAT(strides_of(8, 100), ElementsAre(8));
  EXPECT_THAT(strides_of(12, 500), ElementsAre(12));
}

TEST(SsastGrid, hints_choose) {
  EXPECT_THAT(strides_of(16, 100, {16, {}}), ElementsAre(16));
  EXPECT_THAT(strides_of(16, 100, {10, {}}), ElementsAre(10));
  EXPECT_THAT(strides_of(16, 100, {{}, 100}), ElementsAre(16));
  EXPECT_THAT(strides_of(16, 100, {{}, 50}), ElementsAre(10));
  EXPECT_THAT(strides_of(10, 100, {14, {}}), ElementsAre(14)) << "9 x 12";
  EXPECT_THAT(strides_of(10, 100, {16, {}}), IsEmpty());
  EXPECT_THAT(strides_of(10, 100, {{}, 500}), IsEmpty());
}

TEST(SsastGrid, frames_patches_have_one_row) {
  const SsastShape shape = nano(0, 500, config::SsastPatches::frame);

  const std::vector<SsastGrid> grids = possible_grids(shape, 499, {});

  ASSERT_EQ(grids.size(), 1U);
  EXPECT_EQ(grids.front(), (SsastGrid{1, 499, 1, 500, 500}));
}

TEST(SsastReading, asks_for_a_grid_that_the_file_does_not_tell) {
  const weights::PthFile file = file_of(nano(16, 100));

  EXPECT_THAT(refusal(file), AllOf(HasSubstr("8 x 6 patches of stride 16 (96 to 111 frames)"),
                                   HasSubstr("12 x 4 patches of stride 10 (46 to 55 frames)"),
                                   HasSubstr("--stride"), HasSubstr("--frames")));
  EXPECT_THAT(refusal(file, {.grid = {12, {}}}), HasSubstr("not of the stride or length given"));
}

TEST(SsastReading, takes_what_the_user_says_before_what_the_file_says) {
  weights::PthFile file = file_of(nano(16, 100));
  file.settings = {{"stride", "10"}, {"pooling", "cls"}, {"fbank_mean", "-4"}, {"fbank_deviation", "3"}};

  const SsastReading of_file = read_ssast(file);
  const SsastReading of_user =
      read_ssast(file, {.grid = {16, {}}, .pooling = config::SsastPooling::avgtok, .mean = -5.0});

  EXPECT_EQ(of_file.shape.grid_bins(), 12);
  EXPECT_EQ(of_file.shape.pooling, config::SsastPooling::cls);
  EXPECT_EQ(of_file.statistics.mean, -4.0);
  EXPECT_EQ(of_user.shape.grid_bins(), 8);
  EXPECT_EQ(of_user.shape.grid_frames(), 6);
  EXPECT_EQ(of_user.shape.pooling, config::SsastPooling::avgtok);
  EXPECT_EQ(of_user.statistics.mean, -5.0);
  EXPECT_EQ(of_user.statistics.deviation, 3.0);
}

TEST(SsastReading, says_in_one_line_what_was_taken_and_why) {
  const SsastReading bare = read_ssast(file_of(nano(10, 500), "model._orig_mod."), {.mean = -4.0});

  EXPECT_EQ(bare.taken(),
            "prefix 'model._orig_mod.' taken off; from the number of positions: 12 x 49 patches of stride 10 "
            "(496 to 505 frames); assumed, as the file does not say: pooling avgtok, input clip; as given: "
            "normalisation mean -4; assumed, as the file does not say: normalisation std 4.5689974");
}

TEST(SsastReading, a_fit_of_this_program_says_all) {
  const SsastShape shape = nano(10, 128);
  weights::PthFile file = file_of(shape);
  file.settings = ssast_settings(shape, config::SsastInput::segment, config::Pooling::max);

  const SsastReading reading = read_ssast(file);

  EXPECT_EQ(reading.shape, shape);
  EXPECT_EQ(reading.input, config::SsastInput::segment);
  EXPECT_EQ(reading.segments, config::Pooling::max);
  EXPECT_THAT(reading.taken(), Not(HasSubstr("assumed")));
}

TEST(SsastReading, a_control_on_permuted_labels_says_so_and_stays_one_when_written_again) {
  const SsastShape shape = nano(10, 128);
  weights::PthFile file = file_of(shape);
  file.settings =
      ssast_settings(shape, config::SsastInput::clip, config::Pooling::mean, {}, /*is_control=*/true);
  weights::PthFile plain = file_of(shape);
  plain.settings = ssast_settings(shape, config::SsastInput::clip, config::Pooling::mean);

  EXPECT_TRUE(read_ssast(file).is_control);
  EXPECT_FALSE(read_ssast(plain).is_control);
  EXPECT_EQ(used_settings(file.settings), file.settings);
  EXPECT_THAT(read_ssast(file).taken(), HasSubstr("trained on permuted labels"));
}

TEST(SsastReading, the_geometry_of_the_clips_is_read_where_it_is_not_the_published_ones) {
  const SsastShape shape = nano(10, 200);
  const config::ClipGeometry clip{10.0, 30.0, 2.0, 1.0};
  weights::PthFile file = file_of(shape);
  file.settings = ssast_settings(shape, config::SsastInput::segment, config::Pooling::mean, clip);
  weights::PthFile saved_again = file_of(shape);
  saved_again.remarks = ssast_remarks(shape, config::SsastInput::segment, config::Pooling::mean, clip);

  EXPECT_EQ(read_ssast(file).clip, clip);
  EXPECT_EQ(read_ssast(saved_again, {.grid = {10, 200}}).clip, clip);
  EXPECT_EQ(used_settings(file.settings), file.settings);
  EXPECT_EQ(used_remarks(saved_again.remarks).texts, saved_again.remarks.texts);
  EXPECT_EQ(read_ssast(file_of(nano(10, 500))).clip, config::ClipGeometry{});
  EXPECT_EQ(read_ssast(file, {.clip = {.seconds = 12.0}}).clip, (config::ClipGeometry{12.0, 30.0, 2.0, 1.0}));
  file.settings["segment_seconds"] = "20";
  EXPECT_THAT(refusal(file), HasSubstr("does not fit into a clip of 10 s"));
  file.settings["segment_seconds"] = "0.01";
  EXPECT_THAT(refusal(file), HasSubstr("segment must be a number from 0.128 to 60"));
}

TEST(SsastReading, a_fit_of_an_earlier_version_has_the_stride_of_fine_tuning) {
  const SsastReading reading = read_ssast(file_of(nano(10, 128)), {.of_own_fit = true});

  EXPECT_EQ(reading.shape.grid_bins(), 12);
  EXPECT_EQ(reading.shape.grid_frames(), 12);
}

TEST(SsastReading, words_that_mean_nothing_are_refused) {
  weights::PthFile file = file_of(nano(10, 500));
  const auto with = [&](const std::string& name, const std::string& value) {
    file.settings = {{name, value}};
    return refusal(file);
  };

  EXPECT_THAT(with("pooling", "max"), HasSubstr("pooling is 'max', which is not avgtok or cls"));
  EXPECT_THAT(with("stride", "ten"), HasSubstr("stride is 'ten', which is no number"));
  EXPECT_THAT(with("stride", "-10"), HasSubstr("which is no count"));
  EXPECT_THAT(with("fbank_deviation", "0"), HasSubstr("not positive"));
  EXPECT_THAT(with("stride", "16"), HasSubstr("588 patches"));
}

TEST(SsastNames, a_prefix_of_any_wrappers_is_taken_off) {
  for (const std::string prefix : {"", "module.", "_orig_mod.", "model.", "module.module.",
                                   "model._orig_mod.", "net.backbone.module."}) {
    const weights::PthFile file = file_of(nano(10, 500), prefix);

    EXPECT_EQ(refusal(file), "no error") << prefix;
    Ssast model(nano(10, 500), 2);
    EXPECT_THAT(load_all(model, file.tensors), IsEmpty());
    EXPECT_EQ(load_ssast(model, file.tensors).prefix, prefix);
  }
}

TEST(SsastNames, what_does_not_share_the_prefix_is_surplus) {
  weights::PthFile file = file_of(nano(10, 500), "model.");
  file.tensors.add("criterion.weight", weights::Tensor::of({1.0F}, {1}));
  Ssast model(nano(10, 500), 2);

  EXPECT_THAT(load_all(model, file.tensors), ElementsAre("criterion.weight"));
}

TEST(SsastNames, two_models_in_a_file_are_not_chosen_from) {
  weights::PthFile file = file_of(nano(10, 500), "model.");
  for (auto& entry : file_of(nano(10, 500), "ema_model.").tensors.entries) {
    file.tensors.entries.push_back(entry);
  }

  EXPECT_THAT(refusal(file), AllOf(HasSubstr("several SSAST models, under 'model.' and 'ema_model.'"),
                                   HasSubstr("save one")));
  EXPECT_FALSE(examine_ssast(file).has_value());
}

TEST(SsastWeights, positions_of_several_grids_go_to_the_models_own_or_the_likeliest_and_are_told) {
  const weights::StateDict state = file_of(nano(16, 100)).tensors;
  Ssast own(nano(10, 50), 2);
  Ssast other(nano(10, 500), 2);

  const LoadReport of_own = load_ssast(own, state);
  const LoadReport of_other = load_ssast(other, state);

  EXPECT_EQ(of_own.grid.stride, 10);
  EXPECT_EQ(of_other.grid.stride, 16);
  EXPECT_THAT(of_other.taken(), HasSubstr("positions: 8 x 6 patches of stride 16"));
  EXPECT_THAT(of_other.unexpected_lines(),
              ElementsAre(AllOf(HasSubstr("taken for 8 x 6 patches of stride 16"),
                                HasSubstr("may be 12 x 4 patches of stride 10"))));
}

}  // namespace
}  // namespace musicmem::models
