// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace musicmem {

// A path under the directory for temporary files that no other test has, of this program or of another that
// runs at the same time. Nothing is there yet; who writes there removes it.
inline std::filesystem::path own_path() {
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  std::string name = std::string("musicmem-") + test.test_suite_name() + "-" + test.name() + "-" +
                     std::to_string(::getpid());
  std::replace(name.begin(), name.end(), '/', '-');  // of tests with parameters
  return std::filesystem::path(testing::TempDir()) / name;
}

}  // namespace musicmem
