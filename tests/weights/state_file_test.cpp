// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights/state_file.h"

#include "config/error.h"
#include "data/hdf5/hdf5.h"
#include "tests/own_path.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::weights {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

StateFile example_state() {
  StateFile state;
  state.doubles["coefficients"] = {{2, 3}, {0.1, -2.5, 1e-300, 4.0, 1e300, 0.0}};
  state.doubles["none"] = {{0, 3}, {}};
  state.floats["layer_0.weight"] = {{3}, {0.1F, 2.0F, -3.5F}};
  state.texts = {{"model_name", "svr"}, {"note", "Großes C"}};
  state.numbers = {{"gamma", 0.03125}, {"fold", 3.0}};
  state.lists = {{"columns", {"C_mean", "Cs_mean", "bpm"}}};
  return state;
}

std::string message_of(const std::string& bytes) {
  try {
    parse_state_file(bytes, "weights.h5");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(StateFile, reads_back_what_was_written) {
  const StateFile state = example_state();

  const StateFile read = parse_state_file(to_bytes(state), "weights.h5");

  EXPECT_EQ(read.doubles, state.doubles);
  EXPECT_EQ(read.floats, state.floats);
  EXPECT_EQ(read.texts, state.texts);
  EXPECT_EQ(read.numbers, state.numbers);
  EXPECT_EQ(read.lists, state.lists);
  EXPECT_EQ(read.origin, "weights.h5");
}

TEST(StateFile, reads_a_file_on_disk) {
  const std::filesystem::path path = own_path();
  std::ofstream(path, std::ios::binary) << to_bytes(example_state());

  const StateFile read = read_state_file(path);

  EXPECT_EQ(read.texts, example_state().texts);
  EXPECT_EQ(read.origin, path.string());
  std::filesystem::remove(path);
}

TEST(StateFile, bytes_are_a_function_of_the_content) {
  StateFile other = example_state();
  other.origin = "elsewhere";

  EXPECT_EQ(to_bytes(other), to_bytes(example_state()));
  other.numbers["gamma"] = 0.0625;
  EXPECT_NE(to_bytes(other), to_bytes(example_state()));
}

TEST(StateFile, survives_without_any_entry) {
  const StateFile read = parse_state_file(to_bytes(StateFile{}), "weights.h5");

  EXPECT_TRUE(read.doubles.empty() && read.texts.empty() && read.lists.empty());
}

TEST(StateFile, missing_entries_are_named_with_the_file) {
  const StateFile state = parse_state_file(to_bytes(example_state()), "weights.h5");
  std::string message;

  try {
    state.text("pooling");
  } catch (const Error& error) {
    message = error.what();
  }

  EXPECT_THAT(message, AllOf(HasSubstr("weights.h5"), HasSubstr("no text 'pooling'")));
  EXPECT_THROW(state.number("pooling"), Error);
  EXPECT_THROW(state.list("pooling"), Error);
  EXPECT_THROW(state.double_array("pooling"), Error);
}

TEST(StateFile, arrays_of_another_shape_are_refused) {
  const StateFile state = example_state();

  EXPECT_EQ(state.double_array("coefficients", {2, 3}).size(), 6U);
  EXPECT_THROW(state.double_array("coefficients", {3, 2}), Error);
  EXPECT_THROW(state.float_array("layer_0.weight", {4}), Error);
}

TEST(StateFile, whole_numbers_are_checked_for_range_and_fraction) {
  const StateFile state = example_state();

  EXPECT_EQ(state.whole_number("fold", 0, 9), 3);
  EXPECT_THROW(state.whole_number("fold", 0, 2), Error);
  EXPECT_THROW(state.whole_number("gamma", 0, 9), Error);
}

TEST(StateFile, values_that_are_not_finite_are_not_written) {
  StateFile state = example_state();
  state.floats["layer_0.weight"].values[1] = std::numeric_limits<float>::quiet_NaN();

  EXPECT_THROW(to_bytes(state), Error);
}

TEST(StateFile, values_that_are_not_finite_are_not_read) {
  data::hdf5::ImageWriter image;
  image.attribute("/", "format", std::string("musicmem weights"));
  image.attribute("/", "version", std::int64_t{1});
  const std::vector<double> values = {1.0, std::numeric_limits<double>::infinity()};
  image.dataset("float64/w", std::span<const double>(values), {2});

  EXPECT_THAT(message_of(image.bytes()), AllOf(HasSubstr("weights.h5"), HasSubstr("not finite")));
}

TEST(StateFile, other_hdf5_files_are_refused) {
  data::hdf5::ImageWriter image;
  image.attribute("/", "format", std::string("musicmem features"));

  EXPECT_THAT(message_of(image.bytes()), HasSubstr("no MusicMem weights file"));
}

TEST(StateFile, later_versions_are_refused) {
  data::hdf5::ImageWriter image;
  image.attribute("/", "format", std::string("musicmem weights"));
  image.attribute("/", "version", std::int64_t{2});

  EXPECT_THAT(message_of(image.bytes()), HasSubstr("format version 2"));
}

TEST(StateFile, files_cut_off_anywhere_are_refused) {
  const std::string bytes = to_bytes(example_state());

  for (std::size_t size = 0; size < bytes.size(); size += 97) {
    EXPECT_THROW(parse_state_file(bytes.substr(0, size), "cut.h5"), Error) << "after " << size << " bytes";
  }
}

TEST(StateFile, a_missing_file_is_named) {
  EXPECT_THROW(read_state_file("no/such/weights.h5"), Error);
}

}  // namespace
}  // namespace musicmem::weights
