// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights/torch_archive.h"

#include "config/io_error.h"
#include "data/files/durable_file.h"
#include "tests/failing_write.h"
#include "tests/own_path.h"
#include "weights/pth_file.h"
#include "weights/training_checkpoint.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// So that reads fail as writes do.
extern "C" ssize_t pread(int file, void* bytes, size_t size, off_t offset) {
  static const auto real = musicmem::system_call<ssize_t(int, void*, size_t, off_t)>("pread");
  return musicmem::FailingWrite::now() ? -1 : real(file, bytes, size, offset);
}

namespace musicmem::weights {
namespace {

using namespace std::string_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

std::string golden(const std::string& name) {
  return data::read_file(fs::path(MUSICMEM_TEST_DATA) / name);
}

std::string replaced(std::string text, const std::string& old, const std::string& by) {
  for (std::size_t at = text.find(old); at != std::string::npos; at = text.find(old, at + by.size())) {
    text.replace(at, old.size(), by);
  }
  return text;
}

class TorchArchive : public ::testing::Test {
 protected:
  void TearDown() override { fs::remove(path_); }

  // What reading a checkpoint of these bytes says.
  std::string problem(const std::string& bytes) const {
    put(bytes);
    try {
      read_pth(path_);
    } catch (const IoError& error) {
      return "of the disk: "s + error.what();
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  }
  void put(const std::string& bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }
  std::string written() const {
    ArchiveWriter writer(path_);
    std::string bytes(100, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i);
    writer.write("data.pkl", "pickle");
    writer.write("data/0", bytes);
    writer.write("data/1", "");
    writer.finish();
    return data::read_file(path_);
  }

  const fs::path path_ = own_path();
  const std::string whole_ = golden("ordered.pth");
  const StateDict weights_ = read_pth(fs::path(MUSICMEM_TEST_DATA) / "ordered.pth").tensors;
};

TEST_F(TorchArchive, bytes_are_those_of_pytorchs_own_writer) {
  EXPECT_EQ(written(), golden("container.zip"));
}

TEST_F(TorchArchive, records_begin_at_multiples_of_64_bytes) {
  const std::string bytes = written();
  const auto two_bytes = [&](std::size_t at) {
    return static_cast<unsigned char>(bytes[at]) + 256U * static_cast<unsigned char>(bytes[at + 1]);
  };
  int records = 0;

  for (std::size_t at = bytes.find("PK\3\4"); at != std::string::npos; at = bytes.find("PK\3\4", at + 1)) {
    EXPECT_EQ((at + 30 + two_bytes(at + 26) + two_bytes(at + 28)) % 64, 0U) << "record at " << at;
    ++records;
  }

  EXPECT_EQ(records, 4);
}

TEST_F(TorchArchive, any_changed_byte_is_found_or_changes_nothing) {
  for (const std::string& whole : {whole_, golden("deflated.pth")}) {
    put(whole);
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    const auto put_byte = [&](std::size_t at, char byte) {
      file.seekp(static_cast<std::streamoff>(at)).put(byte).flush();
    };
    for (std::size_t at = 0; at < whole.size(); ++at) {
      put_byte(at, static_cast<char>(whole[at] ^ 0x10));
      try {
        EXPECT_EQ(read_pth(path_).tensors.entries, weights_.entries) << "byte " << at;
      } catch (const IoError& error) {
        ADD_FAILURE() << "byte " << at << ": " << error.what();
      } catch (const Error&) {  // expected of most
      }
      put_byte(at, whole[at]);
    }
  }
}

TEST_F(TorchArchive, damage_of_a_record_is_named) {
  std::string changed = whole_;
  changed[changed.find("\0\0\x80\x3f"s)] = 1;  // 1.0 as float32
  std::string deflated = golden("deflated.pth");
  const std::size_t record = deflated.find("ordered/data.pkl") + 16;
  deflated.replace(record, 40, 40, '\xff');
  std::string misplaced = whole_;
  misplaced.replace(misplaced.find("PK\1\2") + 42, 4, "\xff\xff\xff\x7f");

  EXPECT_THAT(problem(changed), AllOf(HasSubstr("'data/0' is not what its checksum says"),
                                      HasSubstr("fetch or copy the file again")));
  EXPECT_THAT(problem(deflated), HasSubstr("'data.pkl' cannot be inflated"));
  EXPECT_THAT(problem(misplaced), HasSubstr("'data.pkl' does not lie where"));
  EXPECT_THAT(problem(replaced(whole_, "PK\1\2", "PK\1\3")),
              HasSubstr("directory at its end cannot be read"));
}

TEST_F(TorchArchive, records_lie_in_the_folder_of_the_first_and_nowhere_else) {
  EXPECT_EQ(problem(replaced(whole_, "ordered/", "another/")), "none");
  EXPECT_THAT(problem(replaced(whole_, "ordered/data/0", "another/data/0")),
              HasSubstr("'data/0' is missing"));
  EXPECT_THAT(problem(replaced(whole_, "ordered/data/1", "ordered/data/0")),
              HasSubstr("'data/0' is there twice"));
  EXPECT_THAT(problem(replaced(whole_, "ordered/", "ordered_")),
              HasSubstr("'ordered_data.pkl' lies in no folder"));
}

TEST_F(TorchArchive, other_zip_archives_are_refused_with_what_they_lack) {
  EXPECT_THAT(problem("PK\5\6"s + std::string(18, '\0')), HasSubstr("no PyTorch checkpoint: it is empty"));
  EXPECT_THAT(problem(replaced(whole_, "ordered/version", "ordered/Version")), HasSubstr("has no version"));
  EXPECT_THAT(problem(whole_.substr(0, whole_.size() - 1)), HasSubstr("is truncated"));
  EXPECT_EQ(problem(""), path_.string() + ": is empty");
}

TEST_F(TorchArchive, a_record_without_a_checksum_is_taken_as_it_is) {
  std::string bytes = whole_;
  for (std::size_t at = bytes.find("PK\1\2"); at != std::string::npos; at = bytes.find("PK\1\2", at + 1)) {
    bytes.replace(at + 16, 4, 4, '\0');
  }
  put(bytes);

  EXPECT_EQ(read_pth(path_).tensors.entries, weights_.entries);
}

TEST_F(TorchArchive, every_read_that_fails_is_said_to_be_the_disks) {
  int failed = 0;
  put(whole_);
  for (int at = 1;; ++at) {
    const FailingWrite failing(at, EIO);
    std::string said;
    try {
      read_pth(path_);
    } catch (const IoError& error) {
      said = error.what();
    }
    if (failing.never_came()) break;
    EXPECT_THAT(said, AllOf(HasSubstr("cannot be read: Input/output error"), HasSubstr("check the disk")))
        << "read " << at;
    ++failed;
  }

  EXPECT_GT(failed, 8);
}

TEST_F(TorchArchive, a_training_checkpoint_that_cannot_be_read_is_not_passed_over) {
  const fs::path directory = path_.string() + ".d";
  const CheckpointDirectory checkpoints(directory, "hash");
  checkpoints.save(TrainingCheckpoint{});
  constexpr int reads_of_seal = 2;
  {
    const FailingWrite failing(reads_of_seal + 1, EIO);
    EXPECT_THROW(checkpoints.load_newest(), IoError);
  }
  EXPECT_TRUE(checkpoints.load_newest());
  fs::remove_all(directory);
}

TEST_F(TorchArchive, a_file_of_a_thousand_ends_is_not_read_a_thousand_times) {
  ArchiveWriter writer(path_);
  for (int i = 0; i < 500; ++i) writer.write("data/" + std::to_string(i), "x");
  writer.write("data.pkl", "pickle");
  writer.finish();
  const std::string whole = data::read_file(path_);
  std::string bytes = whole;
  for (int i = 0; i < 1600; ++i) bytes += whole.substr(whole.size() - 42);
  put(bytes);
  const FailingWrite after_many_reads(20000, EIO);

  EXPECT_EQ(ArchiveReader(path_).read("data.pkl", 100), "pickle");

  EXPECT_TRUE(after_many_reads.never_came());
}

// Python's zipfile, told that the next record belongs at 5 GiB, leaves a hole in the file.
TEST_F(TorchArchive, records_beyond_4_gib_are_read) {
  const std::string script =
      "import zipfile; old = zipfile.ZipFile('" MUSICMEM_TEST_DATA "/ordered.pth'); new = zipfile.ZipFile('" +
      path_.string() +
      "', 'w'); new.writestr('ordered/first', b''); new.start_dir = 5 << 30; [new.writestr(item.filename, "
      "old.read(item)) for item in old.infolist()]; new.close()";
  ASSERT_EQ(std::system(("/usr/bin/python3 -c \"" + script + "\"").c_str()), 0);

  EXPECT_EQ(read_pth(path_).tensors.entries, weights_.entries);
  EXPECT_GT(fs::file_size(path_), std::uintmax_t{5} << 30);
}

}  // namespace
}  // namespace musicmem::weights
