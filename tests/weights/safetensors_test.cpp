// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights/safetensors.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "tests/own_path.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::weights {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

namespace fs = std::filesystem;

fs::path golden(const std::string& name) {
  return fs::path(MUSICMEM_TEST_DATA) / name;
}

const Tensor& tensor(const PthFile& file, const std::string& name) {
  const Tensor* found = file.tensors.find(name);
  if (found == nullptr) throw std::runtime_error("no tensor " + name);
  return *found;
}

std::string length_of(std::uint64_t size) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(size >> (8 * i) & 0xFFU);
  return bytes;
}

// What reading a file of these bytes says.
std::string message_of(const std::string& bytes) {
  const fs::path path = own_path().string() + ".safetensors";
  std::ofstream(path, std::ios::binary) << bytes;
  std::string message = "no error";
  try {
    read_checkpoint(path);
  } catch (const Error& error) {
    message = error.what();
  }
  fs::remove(path);
  return message;
}

std::string message_of(const std::string& header, std::size_t body) {
  return message_of(length_of(header.size()) + header + std::string(body, '\1'));
}

TEST(Safetensors, every_element_type_is_read_as_the_library_wrote_it) {
  const PthFile file = read_checkpoint(golden("types.safetensors"));

  EXPECT_EQ(file.tensors.entries.size(), 10U);
  for (const char* name : {"float64", "float32", "float16", "bfloat16"}) {
    EXPECT_EQ(to_string(tensor(file, name).type), name);
    EXPECT_THAT(tensor(file, name).floats(), ElementsAre(1, 0, 1.5, 3));
  }
  for (const char* name : {"int64", "int32", "int16", "int8", "uint8"}) {
    EXPECT_EQ(to_string(tensor(file, name).type), name);
    EXPECT_THAT(tensor(file, name).integers(), ElementsAre(1, 0, 1, 3));
  }
  EXPECT_THAT(tensor(file, "bool").integers(), ElementsAre(1, 0, 1, 1));
}

TEST(Safetensors, shapes_and_metadata_are_read) {
  const PthFile file = read_checkpoint(golden("metadata.safetensors"));

  EXPECT_THAT(tensor(file, "w").shape, ElementsAre(2, 3));
  EXPECT_THAT(tensor(file, "w").floats(), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(tensor(file, "scalar").shape, ElementsAre());
  EXPECT_THAT(tensor(file, "empty").shape, ElementsAre(0, 4));
  EXPECT_THAT(file.settings, ElementsAre(Pair("format", "pt"), Pair("pooling", "cls")));
}

TEST(Safetensors, tensors_of_types_that_weights_never_have_are_left_out_by_name) {
  const fs::path path = own_path().string() + ".safetensors";
  const std::string header =
      R"({"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"I8","shape":[2],"data_offsets":[4,6]}})";
  std::ofstream(path, std::ios::binary) << length_of(header.size()) << header << "\1\1\1\1\2\3";

  const PthFile file = read_checkpoint(path);

  EXPECT_THAT(file.remarks.others, ElementsAre("a (F8_E4M3)"));
  EXPECT_THAT(tensor(file, "b").integers(), ElementsAre(2, 3));
  fs::remove(path);
}

TEST(Safetensors, headers_that_do_not_hold_together_are_refused) {
  const auto entry = [](const std::string& name, const std::string& rest) {
    return "\"" + name + "\":{\"dtype\":\"F32\"," + rest + "}";
  };
  const std::string first = entry("a", R"("shape":[2],"data_offsets":[0,8])");

  EXPECT_EQ(message_of("{" + first + "}", 8), "no error");
  EXPECT_THAT(message_of("{" + first + "}", 7), HasSubstr("tensors have 8 bytes, the file holds 7"));
  EXPECT_THAT(message_of("{" + first + "}", 9), HasSubstr("the file holds 9"));
  EXPECT_THAT(message_of("{" + first + "," + first + "}", 8), HasSubstr("'a' is there twice"));
  EXPECT_THAT(message_of("{" + first + "," + entry("b", R"("shape":[1],"data_offsets":[4,8])") + "}", 8),
              AllOf(HasSubstr("'b' begins at byte 4"), HasSubstr("8 is the next")));
  EXPECT_THAT(message_of("{" + first + "," + entry("b", R"("shape":[1],"data_offsets":[12,16])") + "}", 16),
              HasSubstr("'b' begins at byte 12"));
  EXPECT_THAT(message_of("{" + entry("a", R"("shape":[3],"data_offsets":[0,8])") + "}", 8),
              HasSubstr("[3] needs 12 bytes"));
  EXPECT_THAT(message_of("{" + entry("a", R"("shape":[2],"data_offsets":[8,0])") + "}", 8),
              HasSubstr("data_offsets are 8 and 0"));
  EXPECT_THAT(
      message_of("{" + entry("a", R"("shape":[4294967296,4294967296],"data_offsets":[0,8])") + "}", 8),
      HasSubstr("larger than any memory"));
  EXPECT_THAT(message_of("{" + entry("a", R"("shape":[-2],"data_offsets":[0,8])") + "}", 8),
              HasSubstr("'a' has no shape"));
  EXPECT_THAT(message_of(R"({"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}})", 8),
              HasSubstr("no known dtype"));
  EXPECT_THAT(message_of(R"({"a":1})", 0), HasSubstr("'a' is not described"));
  EXPECT_THAT(message_of(R"({"__metadata__":{"a":1}})", 0), HasSubstr("__metadata__"));
  EXPECT_THAT(message_of("{}", 0), HasSubstr("holds no tensors"));
}

TEST(Safetensors, files_that_are_cut_off_or_lie_about_their_header_are_refused) {
  const std::string whole = data::read_file(golden("metadata.safetensors"));
  std::string nested;
  for (int i = 0; i < 100000; ++i) nested += "{\"a\":";

  for (std::size_t size = 0; size < whole.size(); size += 7) {
    EXPECT_NE(message_of(whole.substr(0, size)), "no error") << "after " << size << " bytes";
  }
  EXPECT_THAT(message_of(std::string(8, '\xff') + "{}"), HasSubstr("would have 18446744073709551615 bytes"));
  EXPECT_THAT(message_of(length_of(1000) + "{}"), HasSubstr("would have 1000 bytes"));
  EXPECT_THAT(message_of("[]", 0), HasSubstr("no JSON object"));
  EXPECT_THAT(message_of("{\"a\"", 0), HasSubstr("no JSON"));
  EXPECT_THAT(message_of(nested, 0), HasSubstr("nested too deep"));
  EXPECT_THAT(message_of("{\"a\":" + std::string(100000, '['), 0), HasSubstr("no JSON"));
}

TEST(Safetensors, is_told_by_its_bytes_and_by_its_name) {
  EXPECT_TRUE(is_safetensors(golden("types.safetensors")));
  EXPECT_FALSE(is_safetensors(golden("ordered.pth")));
  EXPECT_FALSE(is_safetensors(golden("make_pth_golden.py")));
  EXPECT_FALSE(is_safetensors("no/such/file.safetensors"));
}

}  // namespace
}  // namespace musicmem::weights
