// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/commands.h"

#include "data/durable_file.h"
#include "launcher/together.h"

#include <cstdio>

namespace musicmem::launcher {

int on_rank_zero(distributed::World& world, const std::function<int()>& work) {
  int code = exit_code::done;
  from_rank_zero(world.communicator(), "waiting for rank 0", [&] {
    code = work();
    return std::string();
  });
  return code;
}

void write_output(const std::string& output, const std::string& bytes) {
  if (!output.empty()) {
    const std::filesystem::path path = std::filesystem::absolute(output);
    data::make_directories(path.parent_path());
    data::write_file_durably(path, bytes);
    return;
  }
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size() || std::fflush(stdout) != 0) {
    throw Error("standard output cannot be written");
  }
}

}  // namespace musicmem::launcher
