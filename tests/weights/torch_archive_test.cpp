// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights/torch_archive.h"

#include "data/durable_file.h"
#include "tests/own_path.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace musicmem::weights {
namespace {

namespace fs = std::filesystem;

std::string golden(const std::string& name) {
  return data::read_file(fs::path(MUSICMEM_TEST_DATA) / name);
}

class TorchArchive : public ::testing::Test {
 protected:
  void TearDown() override { fs::remove(path_); }

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

}  // namespace
}  // namespace musicmem::weights
