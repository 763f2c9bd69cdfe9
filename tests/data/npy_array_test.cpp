// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/npy_array.h"

#include "config/error.h"
#include "data/hdf5/hdf5_reader.h"

#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

hdf5::Reader golden() {
  return hdf5::Reader(MUSICMEM_TEST_DATA "/arrays.h5");
}

std::string bytes_of(const hdf5::Reader& file, const std::string& path) {
  const std::vector<std::int64_t> bytes = file.integers(path);
  return {bytes.begin(), bytes.end()};
}

TEST(NpyArray, is_what_numpy_wrote_in_every_form) {
  const hdf5::Reader file = golden();
  const std::vector<double> value = file.doubles("value");
  ASSERT_EQ(file.children("good").size(), 9U);
  for (const std::string& form : file.children("good")) {
    const NumberArray array = parse_npy(bytes_of(file, "good/" + form), form);

    EXPECT_THAT(array.shape, ElementsAre(3, 4)) << form;
    ASSERT_EQ(array.values.size(), value.size()) << form;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const bool is_single = form.ends_with("f4");
      EXPECT_EQ(array.values[i], is_single ? static_cast<double>(static_cast<float>(value[i])) : value[i])
          << form;
      EXPECT_EQ(std::signbit(array.values[i]), std::signbit(value[i])) << form;
    }
  }
}

std::string problem_of(const std::string& bytes) {
  try {
    parse_npy(bytes, "x.npy");
  } catch (const Error& error) {
    return error.what();
  }
  return "read";
}

TEST(NpyArray, names_what_it_does_not_read) {
  const hdf5::Reader file = golden();
  const auto problem = [&](const std::string& name) { return problem_of(bytes_of(file, "bad/" + name)); };

  EXPECT_THAT(problem("objects"), HasSubstr("x.npy: holds pickled objects, which are not read"));
  EXPECT_THAT(problem("records"), HasSubstr("records of several fields"));
  EXPECT_THAT(problem("complex"), HasSubstr("values of type '<c16'"));
  EXPECT_THAT(problem("whole"), HasSubstr("values of type '<i8'"));
  EXPECT_THAT(problem("cut"), HasSubstr("holds 93 bytes where its shape [3, 4] of <f8 promises more"));
  EXPECT_THAT(problem("longer"), HasSubstr("holds 97 bytes where its shape [3, 4] of <f8 promises 96"));
  EXPECT_THAT(problem("cut_header"), HasSubstr("cut off within its header"));
  EXPECT_THAT(problem("text"), HasSubstr("is no numpy array"));
}

TEST(NpyArray, that_is_cut_off_anywhere_or_changed_in_its_header_is_refused_or_read) {
  const hdf5::Reader file = golden();
  const std::string whole = bytes_of(file, "good/little_f4");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(problem_of(whole.substr(0, length)), "read") << length;
  }
  for (std::size_t place = 0; place < 128; ++place) {
    for (const char other : {'\0', '9', '(', '\''}) {
      std::string changed = whole;
      changed[place] = other;
      problem_of(changed);  // by an Error or not at all: nothing else is thrown, and sanitizers find nothing
    }
  }
}

}  // namespace
}  // namespace musicmem::data
