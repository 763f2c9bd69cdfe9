// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/prepared_features.h"

#include "config/io_error.h"

#include <gtest/gtest.h>

namespace musicmem::launcher {
namespace {

TEST(InputHashes, are_empty_for_missing_audio_and_fail_where_the_system_does) {
  Study study;
  study.clips = {{"", "a.wav", "a", ""}, {"/nowhere/b.wav", "b.wav", "b", ""}};

  const std::vector<ClipHashes> hashes = hash_inputs(study);

  EXPECT_EQ(hashes[0].audio, "");
  EXPECT_EQ(hashes[1].audio, "");
  study.clips[1].audio = "/proc/self/mem";  // whose first byte gives EIO
  EXPECT_THROW(hash_inputs(study), IoError);
}

}  // namespace
}  // namespace musicmem::launcher
