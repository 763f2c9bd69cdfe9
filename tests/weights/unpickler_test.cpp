// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights/unpickler.h"

#include "config/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::weights {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace std::string_literals;

std::string message_of(const std::string& pickle) {
  try {
    unpickle(pickle, "file.pth");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Unpickler, reads_plain_values) {
  const PickleDocument document = unpickle(
      "\x80\x02}(X\x01\0\0\0aK\x07X\x01\0\0\0bG\x3f\xd0\0\0\0\0\0\0X\x01\0\0\0"
      "cX\x02\0\0\0hiX\x01\0\0\0"
      "d\x88u."s,
      "file.pth");

  EXPECT_EQ(document.root().find("a")->integer, 7);
  EXPECT_EQ(document.root().find("b")->real, 0.25);
  EXPECT_EQ(document.root().find("c")->text, "hi");
  EXPECT_EQ(document.root().find("d")->kind, PickleKind::boolean);
  EXPECT_EQ(document.root().find("e"), nullptr);
}

TEST(Unpickler, reads_whole_numbers_of_every_width) {
  const PickleDocument document = unpickle(
      "\x80\x04("
      "K\xffM\xff\xffJ\xfe\xff\xff\xff\x8a\x00\x8a\x01\x80\x8a\x08\0\0\0\0\0\0\0\x80\x8a\x09\0\0\0\0\0"
      "\0\0\0\x01t."s,
      "file.pth");

  const auto& items = document.root().items;
  ASSERT_EQ(items.size(), 7U);
  EXPECT_EQ(items[0]->integer, 255);
  EXPECT_EQ(items[1]->integer, 65535);
  EXPECT_EQ(items[2]->integer, -2);
  EXPECT_EQ(items[3]->integer, 0);
  EXPECT_EQ(items[4]->integer, -128);
  EXPECT_EQ(items[5]->integer, INT64_MIN);
  EXPECT_EQ(items[6]->kind, PickleKind::other) << "beyond 64 bits";
}

TEST(Unpickler, the_last_of_equal_keys_counts) {
  const PickleDocument document = unpickle("\x80\x02}(X\x01\0\0\0aK\x01X\x01\0\0\0aK\x02u."s, "file.pth");

  EXPECT_EQ(document.root().find("a")->integer, 2);
}

TEST(Unpickler, values_may_hold_themselves) {
  const PickleDocument document = unpickle("\x80\x02]q\0h\0a."s, "file.pth");

  EXPECT_EQ(document.root().items.front(), &document.root());
}

TEST(Unpickler, deep_nesting_needs_no_stack) {
  const std::string nested = "\x80\x02"s + std::string(200000, ']') + std::string(199999, 'a') + ".";

  EXPECT_EQ(unpickle(nested, "file.pth").root().items.size(), 1U);
}

TEST(Unpickler, calls_cannot_multiply_their_arguments) {
  std::string bomb = "\x80\x02(c_codecs\nencode\nq\0X\x10\x27\0\0"s + std::string(10000, 'x') + "q\x01"s;
  for (int i = 0; i < 1000; ++i) bomb += "h\0h\x01\x85R"s;

  EXPECT_THAT(message_of(bomb + "t."), HasSubstr("repeats itself"));
}

TEST(Unpickler, forbidden_classes_are_named) {
  EXPECT_THAT(message_of("\x80\x02"s + "cos\nsystem\n(X\x02\0\0\0lstR."s),
              AllOf(HasSubstr("file.pth"), HasSubstr("'os.system'")));
  EXPECT_THAT(message_of("\x80\x04\x8c\x08"s + "builtins\x8c\x04"s + "eval\x93."s),
              HasSubstr("'builtins.eval'"));
  EXPECT_THAT(message_of("\x80\x02"s + "ctorch.storage\n_load_from_bytes\n."s),
              HasSubstr("_load_from_bytes"));
}

TEST(Unpickler, forbidden_operations_are_refused) {
  EXPECT_THAT(message_of("\x80\x02i"s + "os\nsystem\n."s), HasSubstr("operation 105"));
  EXPECT_THAT(message_of("\x80\x02\x82\x01."s), HasSubstr("operation 130")) << "extension registry";
  EXPECT_THAT(message_of("\x80\x02P1\n."s), HasSubstr("operation 80")) << "persistent id as text";
}

TEST(Unpickler, later_protocols_are_refused) {
  EXPECT_THAT(message_of("\x80\x05N."s), HasSubstr("protocol 5"));
}

TEST(Unpickler, what_does_not_hold_together_is_refused) {
  const std::string pickles[] = {""s,
                                 "\x80"s,
                                 "N"s,
                                 "."s,
                                 "a."s,
                                 "]a."s,
                                 "h\x01."s,
                                 "t."s,
                                 "(K\x01"s,
                                 "}(K\x01u."s,
                                 "}K\x01s."s,
                                 "X\xff\0\0\0a"s,
                                 "NR."s,
                                 "NNR."s,
                                 "NQ."s,
                                 "NNb."s,
                                 "\x8e\xff\xff\xff\xff\xff\xff\xff\xff"s,
                                 "cno line end"s,
                                 "q\x01."s,
                                 "K\x01(."s};
  for (const std::string& pickle : pickles) EXPECT_THROW(unpickle(pickle, "file.pth"), Error) << pickle;
}

TEST(Unpickler, tensors_with_impossible_extents_are_refused) {
  const std::string head =
      "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"
      "0"
      "X\x03\0\0\0cpuK\x06tQ"s;

  EXPECT_EQ(message_of(head + "K\0K\x06\x85K\x01\x85\x89NtR."s), "no error");
  EXPECT_THAT(message_of(head + "K\0J\xff\xff\xff\xff\x85K\x01\x85\x89NtR."s), HasSubstr("wrong arguments"));
  EXPECT_THAT(message_of(head + "K\0K\x06\x85)\x89NtR."s), HasSubstr("wrong arguments"));
  EXPECT_THAT(message_of(head + "NK\x06\x85K\x01\x85\x89NtR."s), HasSubstr("wrong arguments"));
}

}  // namespace
}  // namespace musicmem::weights
