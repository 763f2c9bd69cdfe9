// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

namespace musicmem::models {

// Version of every library that this room computes with, by name.
std::map<std::string, std::string> library_versions();

}  // namespace musicmem::models
