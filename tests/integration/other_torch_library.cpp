// SPDX-License-Identifier: GPL-3.0-or-later
// Stands for libmusicmem_torch.so of another version of the program.
extern "C" const char* musicmem_torch_version() {
  return "0.0.9";
}
