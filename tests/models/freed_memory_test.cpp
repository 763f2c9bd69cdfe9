// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/machine/freed_memory.h"

#include <cstdlib>

#include <gtest/gtest.h>
#include <malloc.h>

namespace musicmem::models {
namespace {

// Whether the allocator gives a block of 31 MiB a mapping of its own, which goes back when it is freed. What
// lies free at the heap's end, it would take first.
bool is_returned() {
  ::malloc_trim(0);
  const std::size_t before = ::mallinfo2().hblkhd;
  void* volatile block = std::malloc(std::size_t{31} << 20U);  // or the compiler leaves it out
  const std::size_t after = ::mallinfo2().hblkhd;
  std::free(block);
  return after > before;
}

TEST(FreedMemory, is_returned_while_anybody_asks_for_it) {
  if (::mallinfo2().arena == 0) GTEST_SKIP() << "a sanitizer's allocator takes the place of glibc's";
  const FreedMemoryPolicy kept(FreedMemory::kept);
  EXPECT_FALSE(is_returned());
  {
    const FreedMemoryPolicy returned(FreedMemory::returned);
    const FreedMemoryPolicy also_kept(FreedMemory::kept);
    EXPECT_TRUE(is_returned());
  }
  EXPECT_FALSE(is_returned());
}

}  // namespace
}  // namespace musicmem::models
