// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights/pth_file.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "tests/own_path.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace musicmem::weights {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

fs::path golden(const std::string& name) {
  return fs::path(MUSICMEM_TEST_DATA) / name;
}

std::string message_of(const fs::path& path, PthFile (*read)(const fs::path&) = read_pth) {
  try {
    read(path);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

const Tensor& tensor(const PthFile& file, const std::string& name) {
  const Tensor* found = file.tensors.find(name);
  if (found == nullptr) throw std::runtime_error("no tensor " + name);
  return *found;
}

void expect_the_weights(const PthFile& file, const std::string& prefix = "") {
  ASSERT_EQ(file.tensors.entries.size(), 2U);
  EXPECT_EQ(file.tensors.entries[0].first, prefix + "w");
  EXPECT_THAT(tensor(file, prefix + "w").shape, ElementsAre(2, 3));
  EXPECT_THAT(tensor(file, prefix + "w").floats(), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(tensor(file, prefix + "b").floats(), ElementsAre(0.5, -0.5));
}

// A file that is removed with its owner.
class Scratch {
 public:
  explicit Scratch(const std::string& name) : path_(own_path().string() + "-" + name) {}
  ~Scratch() { fs::remove(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

TEST(PthFile, reads_what_torch_save_wrote_in_all_its_forms) {
  for (const char* name : {"ordered.pth", "plain_dict.pth", "protocol_4.pth", "parameters.pth", "cuda.pth"}) {
    SCOPED_TRACE(name);
    const PthFile file = read_pth(golden(name));
    expect_the_weights(file);
    EXPECT_EQ(file.nested_under, "");
  }
}

TEST(PthFile, finds_tensors_under_model_beside_a_tensor_that_is_no_weight) {
  const PthFile file = read_pth(golden("model_beside_tensor.pth"));

  expect_the_weights(file);
  EXPECT_EQ(file.nested_under, "model");
  EXPECT_THAT(file.remarks.others, ElementsAre("mean"));
}

TEST(PthFile, takes_tensors_named_as_a_nested_dict_would_be) {
  const PthFile file = read_pth(golden("named_model.pth"));

  EXPECT_EQ(file.nested_under, "");
  EXPECT_THAT(tensor(file, "model").floats(), ElementsAre(0.5, -0.5));
}

TEST(PthFile, refuses_records_that_would_inflate_beyond_what_tensors_need) {
  EXPECT_THAT(message_of(golden("bad_bomb.pth")),
              AllOf(HasSubstr("'data/0' has 20000000 bytes"), HasSubstr("at most 24")));
  EXPECT_THAT(message_of(golden("bad_pickle_bomb.pth")),
              AllOf(HasSubstr("'data.pkl' has 20000000 bytes"), HasSubstr("at most 16777216")));
  EXPECT_THAT(message_of(golden("bad_version_bomb.pth")), HasSubstr("'version' has 20000000 bytes"));
}

TEST(PthFile, reads_deflated_archives) {
  expect_the_weights(read_pth(golden("deflated.pth")));
  expect_the_weights(parse_pth(data::read_file(golden("deflated.pth")), "in memory"));
}

TEST(PthFile, finds_tensors_under_model_and_state_dict) {
  const PthFile model = read_pth(golden("under_model.pth"));
  const PthFile state = read_pth(golden("under_state_dict.pth"));

  expect_the_weights(model);
  EXPECT_EQ(model.nested_under, "model");
  EXPECT_EQ(model.remarks.integers.at("epoch"), 7);
  EXPECT_EQ(model.remarks.numbers.at("loss"), 0.25);
  EXPECT_EQ(model.remarks.texts.at("note"), "fine-tuned");
  expect_the_weights(state, "module.");
  EXPECT_EQ(state.nested_under, "state_dict");
}

TEST(PthFile, attributes_of_a_state_dict_do_not_matter) {
  const PthFile file = read_pth(golden("with_metadata.pth"));

  EXPECT_THAT(tensor(file, "weight").shape, ElementsAre(2, 3));
  EXPECT_THAT(tensor(file, "bias").shape, ElementsAre(2));
}

TEST(PthFile, reads_every_element_type) {
  for (const char* name : {"float64", "float16", "bfloat16"}) {
    const PthFile file = read_pth(golden(std::string("type_") + name + ".pth"));
    EXPECT_EQ(to_string(tensor(file, "x").type), name);
    EXPECT_THAT(tensor(file, "x").floats(), ElementsAre(1, 0, 1.5, 3));
  }
  for (const char* name : {"int64", "int32", "int16", "int8", "uint8"}) {
    const PthFile file = read_pth(golden(std::string("type_") + name + ".pth"));
    EXPECT_EQ(to_string(tensor(file, "x").type), name);
    EXPECT_THAT(tensor(file, "x").integers(), ElementsAre(1, 0, 1, 3));
  }
  EXPECT_THAT(tensor(read_pth(golden("type_bool.pth")), "x").integers(), ElementsAre(1, 0, 1, 1));
}

TEST(PthFile, shared_and_non_contiguous_storage_comes_out_dense) {
  const PthFile file = read_pth(golden("views.pth"));

  EXPECT_THAT(tensor(file, "first").floats(), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(tensor(file, "second").floats(), ElementsAre(4, 5, 6, 7, 8, 9, 10, 11));
  EXPECT_THAT(tensor(file, "transposed").shape, ElementsAre(4, 3));
  EXPECT_THAT(tensor(file, "transposed").floats(), ElementsAre(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11));
  EXPECT_THAT(tensor(file, "every_third").floats(), ElementsAre(0, 3, 6, 9));
  EXPECT_THAT(tensor(file, "repeated").floats(), ElementsAre(3, 3, 3, 3));
  EXPECT_EQ(tensor(file, "empty").elements(), 0);
  EXPECT_THAT(tensor(file, "scalar").floats(), ElementsAre(7));
}

TEST(PthFile, numbers_among_the_tensors_are_scalars) {
  const PthFile file = read_pth(golden("numbers.pth"));

  EXPECT_THAT(tensor(file, "mean").floats(), ElementsAre(0.125));
  EXPECT_THAT(tensor(file, "count").integers(), ElementsAre(3));
  EXPECT_THAT(tensor(file, "steps").integers(), ElementsAre(5));
  EXPECT_TRUE(tensor(file, "rate").shape.empty());
}

TEST(PthFile, half_precision_covers_its_whole_range) {
  const std::string bytes("\x00\x3c\x00\xc0\xff\x7b\x01\x00\xff\x03\x00\x00", 12);
  const Tensor half{ElementType::float16, {6}, bytes};

  EXPECT_THAT(half.floats(), ElementsAre(1.0F, -2.0F, 65504.0F, 0x1p-24F, 1023 * 0x1p-24F, 0.0F));
}

TEST(PthFile, other_files_are_refused_with_what_they_are) {
  EXPECT_THAT(message_of(golden("bad_legacy.pth")),
              AllOf(HasSubstr("old format"), HasSubstr("torch.save(torch.load")));
  EXPECT_THAT(message_of(golden("bad_torchscript.pth")),
              AllOf(HasSubstr("TorchScript"), HasSubstr("state_dict()")));
  EXPECT_THAT(message_of(golden("bad_truncated.pth")), HasSubstr("truncated"));
  EXPECT_THAT(message_of(golden("bad_other_zip.pth")), HasSubstr("no PyTorch checkpoint"));
  EXPECT_THAT(message_of(golden("bad_no_pickle.pth")), HasSubstr("data.pkl"));
  EXPECT_THAT(message_of(golden("make_pth_golden.py")), HasSubstr("not a zip archive"));
  EXPECT_THAT(message_of("no/such/file.pth"), HasSubstr("cannot be opened"));
  EXPECT_THAT(message_of(::testing::TempDir()), HasSubstr("is a directory"));
  const Scratch pipe("pipe");
  ASSERT_EQ(::mkfifo(pipe.path().c_str(), 0600), 0);
  EXPECT_THAT(message_of(pipe.path()), HasSubstr("is a pipe"));
  const Scratch pointer("pointer.safetensors");
  data::write_file(pointer.path(), "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9\n");
  EXPECT_THAT(message_of(pointer.path(), read_checkpoint), HasSubstr("git lfs pull"));
}

TEST(PthFile, classes_beyond_the_list_are_named) {
  EXPECT_THAT(message_of(golden("bad_class.pth")),
              AllOf(HasSubstr("bad_class.pth"), HasSubstr("'argparse.Namespace'")));
  EXPECT_THAT(message_of(golden("bad_module.pth")), HasSubstr("'torch.nn.modules.linear.Linear'"));
}

TEST(PthFile, content_without_tensors_is_refused_with_what_is_there) {
  EXPECT_THAT(message_of(golden("bad_list.pth")), HasSubstr("no dict of tensors"));
  EXPECT_THAT(message_of(golden("bad_no_tensors.pth")),
              AllOf(HasSubstr("no dict of tensors"), HasSubstr("epoch")));
}

TEST(PthFile, damage_is_found_and_named) {
  EXPECT_THAT(message_of(golden("bad_no_record.pth")), HasSubstr("'data/0' is missing"));
  EXPECT_THAT(message_of(golden("bad_short_record.pth")),
              AllOf(HasSubstr("'w'"), HasSubstr("beyond its storage")));
  EXPECT_THAT(message_of(golden("bad_beyond_archive.pth")),
              AllOf(HasSubstr("'w'"), HasSubstr("beyond its storage")));
}

TEST(PthFile, a_file_cut_off_anywhere_is_refused) {
  const std::string bytes = data::read_file(golden("ordered.pth"));
  const Scratch cut("cut.pth");

  for (std::size_t size = 0; size < bytes.size(); size += 13) {
    std::ofstream(cut.path(), std::ios::binary) << bytes.substr(0, size);
    EXPECT_THROW(read_pth(cut.path()), Error) << "after " << size << " bytes";
  }
}

PthFile example() {
  PthFile file;
  file.tensors.add("w", Tensor::of({1.5F, -2.0F, 0.25F, 8.0F, 0.0F, 3.0F}, {2, 3}));
  file.tensors.add("steps", Tensor::of(std::vector<std::int64_t>{1, -5}));
  file.tensors.add("none", Tensor::of(std::vector<float>{}, {0, 4}));
  file.remarks.texts = {{"pooling", "cls"}, {"title", "Größe"}};
  file.remarks.numbers = {{"fbank_mean", -4.25}};
  file.remarks.integers = {{"fold", -3}};
  return file;
}

TEST(PthFile, reads_back_what_was_written) {
  const Scratch file("written.pth");
  const PthFile wanted = example();

  write_pth(file.path(), wanted.tensors, wanted.remarks);
  const PthFile read = read_pth(file.path());

  EXPECT_EQ(read.tensors.entries, wanted.tensors.entries);
  EXPECT_EQ(read.remarks.texts, wanted.remarks.texts);
  EXPECT_EQ(read.remarks.numbers, wanted.remarks.numbers);
  EXPECT_EQ(read.remarks.integers, wanted.remarks.integers);
}

TEST(PthFile, settings_lie_beside_the_dict_that_python_sees) {
  const Scratch file("settings.pth");
  const Settings settings = {{"pooling", "cls"}, {"title", "Größe"}};

  write_pth(file.path(), example().tensors, {}, settings);
  const PthFile read = read_pth(file.path());

  EXPECT_EQ(read.settings, settings);
  EXPECT_EQ(read.nested_under, "") << "an OrderedDict of tensors";
  EXPECT_TRUE(read.remarks.texts.empty());
}

TEST(PthFile, bytes_do_not_depend_on_the_name) {
  const Scratch one("one.pth");
  const Scratch two("another_name.pth");

  write_pth(one.path(), example().tensors);
  write_pth(two.path(), example().tensors);

  EXPECT_EQ(data::read_file(one.path()), data::read_file(two.path()));
}

TEST(PthFile, a_place_that_cannot_be_written_is_named) {
  EXPECT_THROW(write_pth("no/such/directory/w.pth", example().tensors), Error);
  EXPECT_THROW(write_pth_unsynced("/dev/full", example().tensors), Error);
}

TEST(PthFile, python_reads_what_was_written) {
  if (std::system("/usr/bin/python3 -c 'import torch' >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "python3-torch is not installed";
  }
  const Scratch file("for_python.pth");
  PthFile content = example();
  content.remarks.numbers.clear();  // which weights_only reads since PyTorch 2
  write_pth(file.path(), content.tensors, content.remarks, {{"stride", "16"}});

  const std::string script =
      "import torch; f = torch.load('" + file.path().string() +
      "', weights_only=True); m = f['model']; assert f['pooling'] == 'cls' and f['fold'] == -3 and "
      "f['title'] == 'Gr\\u00f6\\u00dfe'; "
      "assert m['w'].tolist() == [[1.5, -2, 0.25], [8, 0, 3]] and m['steps'].tolist() == [1, -5] and "
      "tuple(m['none'].shape) == (0, 4)";

  EXPECT_EQ(std::system(("/usr/bin/python3 -c \"" + script + "\"").c_str()), 0);
}

}  // namespace
}  // namespace musicmem::weights
