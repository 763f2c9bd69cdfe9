// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace musicmem::models {

// What becomes of large blocks of memory that the process frees.
//
// `returned`: they go back to the system at once. A pitch shift takes tens of megabytes for a moment; left to
// itself, the allocator keeps such blocks once it has seen some, with gaps between them that grow from clip
// to clip. `kept`: they stay with the process, up to 2 GiB. Getting the pages of activations from the system
// anew in every training step costs a tenth of its time.
enum class FreedMemory { returned, kept };

// Asks for one of them while it lives. The setting is the whole process's: `returned` goes before `kept`, and
// where nobody asks it is what the allocator would have come to. Does nothing but with glibc.
class FreedMemoryPolicy {
 public:
  explicit FreedMemoryPolicy(FreedMemory asked);
  ~FreedMemoryPolicy();
  FreedMemoryPolicy(const FreedMemoryPolicy&) = delete;
  FreedMemoryPolicy& operator=(const FreedMemoryPolicy&) = delete;

 private:
  FreedMemory asked_;
};

}  // namespace musicmem::models
