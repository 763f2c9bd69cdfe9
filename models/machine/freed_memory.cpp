// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/machine/freed_memory.h"

#include <limits>
#include <mutex>

#include <malloc.h>

namespace musicmem::models {
namespace {

struct Asking {
  std::mutex mutex;
  int returned = 0;
  int kept = 0;
};

Asking& asking() {
  static Asking all;
  return all;
}

constexpr int mib = 1 << 20;

// Blocks from `mapped` bytes on are mappings of their own, of which nothing stays; more than `trimmed` free
// bytes at the heap's end go back; the heap grows by `padding` bytes more than it must.
void set([[maybe_unused]] int mapped, [[maybe_unused]] int trimmed, [[maybe_unused]] int padding) {
#ifdef __GLIBC__
  ::mallopt(M_MMAP_THRESHOLD, mapped);
  ::mallopt(M_TRIM_THRESHOLD, trimmed);
  ::mallopt(M_TOP_PAD, padding);
#endif
}

void settle(const Asking& all) {
  constexpr int usual_padding = mib / 8;
  constexpr int largest_mapped = 32 * mib;  // that glibc takes
  if (all.returned > 0) {
    set(8 * mib, 32 * mib, usual_padding);
  } else if (all.kept > 0) {
    set(largest_mapped, std::numeric_limits<int>::max(), largest_mapped);
  } else {
    set(largest_mapped, 64 * mib, usual_padding);
  }
}

void change(FreedMemory asked, int by) {
  Asking& all = asking();
  const std::lock_guard lock(all.mutex);
  (asked == FreedMemory::returned ? all.returned : all.kept) += by;
  settle(all);
}

}  // namespace

FreedMemoryPolicy::FreedMemoryPolicy(FreedMemory asked) : asked_(asked) {
  change(asked_, 1);
}

FreedMemoryPolicy::~FreedMemoryPolicy() {
  change(asked_, -1);
}

}  // namespace musicmem::models
