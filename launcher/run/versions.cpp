// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/versions.h"

#include "features/library_versions.h"
#include "models/machine/library_versions.h"

#include "musicmem_version.h"

namespace musicmem::launcher {

std::string program_version() {
  return MUSICMEM_VERSION;
}

std::string source_revision() {
  return MUSICMEM_REVISION;
}

std::map<std::string, std::string> library_versions() {
  std::map<std::string, std::string> versions = features::library_versions();
  versions.merge(models::library_versions());
  versions["musicmem"] = program_version();
  return versions;
}

}  // namespace musicmem::launcher
