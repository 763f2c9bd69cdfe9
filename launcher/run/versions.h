// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

namespace musicmem::launcher {

std::string program_version();
// Commit of the sources, "-dirty" where they had changes, "unknown" outside a git checkout.
std::string source_revision();
// Version of every library that can change a number, by name.
std::map<std::string, std::string> library_versions();

}  // namespace musicmem::launcher
