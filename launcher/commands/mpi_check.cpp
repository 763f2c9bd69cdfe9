// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/commands/mpi_check.h"

#include "distributed/world.h"

#include <regex>
#include <set>

#include <dlfcn.h>
#include <fmt/ranges.h>

namespace musicmem::launcher {
namespace {

std::string label_of(const MpiRelease& release) {
  const std::string name = release.name.empty() ? "an unknown MPI" : release.name;
  return release.version.empty() ? name : name + " " + release.version;
}

// What the PMIx library says of itself; none where there is no library.
std::optional<std::string> pmix_version() {
  void* library = ::dlopen("libpmix.so.2", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) return std::nullopt;
  const auto version = reinterpret_cast<const char* (*)()>(::dlsym(library, "PMIx_Get_version"));
  const char* text = version == nullptr ? nullptr : version();
  return text == nullptr ? std::nullopt : std::optional<std::string>(text);
}

// The words of srun --mpi=list that begin with `kind`: pmix, pmix_v4.
std::set<std::string> plugins_of(const std::string& list, const std::string& kind) {
  const std::regex word("\\b" + kind + "(_v[0-9]+)?\\b");
  std::set<std::string> plugins;
  for (std::sregex_iterator found(list.begin(), list.end(), word), end; found != end; ++found)
    plugins.insert(found->str());
  return plugins;
}

// 0 where the text has no number.
int first_number(const std::string& text) {
  std::smatch found;
  return std::regex_search(text, found, std::regex("[0-9]+")) ? std::stoi(found.str()) : 0;
}

}  // namespace

MpiRelease mpi_release_of(const std::string& text) {
  MpiRelease release;
  if (text.find("Open MPI") != std::string::npos || text.find("OpenRTE") != std::string::npos) {
    release.name = "Open MPI";
  } else if (std::regex_search(text, std::regex("MPICH|HYDRA|Intel\\(R\\) MPI|MVAPICH"))) {
    release.name = "MPICH";
  }
  std::smatch found;
  if (std::regex_search(text, found, std::regex("([0-9]{1,4})\\.([0-9]{1,4})(\\.[0-9]+)?"))) {
    release.version = found.str();
    release.major = std::stoi(found[1].str());
    release.minor = std::stoi(found[2].str());
  }
  return release;
}

Examined compare_launcher(const std::string& library, const std::optional<std::string>& mpirun) {
  const MpiRelease inside = mpi_release_of(library);
  if (!mpirun) {
    return {Verdict::note, "mpirun", "none on the PATH",
            "several ranks need the mpirun of " + label_of(inside) + " on the PATH, or srun"};
  }
  const MpiRelease outside = mpi_release_of(*mpirun);
  const std::string found = label_of(outside) + "; the program runs with " + label_of(inside);
  if (outside.name.empty() || outside.version.empty()) {
    return {Verdict::note, "mpirun", found,
            "if its ranks do not find each other, use the mpirun of " + label_of(inside)};
  }
  if (inside.name != outside.name) {
    return {Verdict::bad, "mpirun", found,
            "it would start ranks that do not know of each other: put the mpirun of " + label_of(inside) +
                " first on the PATH (module load, or the bin of the bundle)"};
  }
  if (inside.major != outside.major) {
    return {Verdict::bad, "mpirun", found,
            "releases with other first numbers do not start each other's ranks: load the module of " +
                label_of(inside) + ", or build with the one that is loaded"};
  }
  if (inside.minor != outside.minor) {
    return {Verdict::note, "mpirun", found,
            "mostly this works; where a start hangs, use the mpirun of the same release"};
  }
  return {Verdict::good, "mpirun", found, ""};
}

Examined compare_pmix(const std::string& library, const std::optional<std::string>& pmix,
                      const std::optional<std::string>& srun) {
  const MpiRelease inside = mpi_release_of(library);
  const int major = pmix ? first_number(*pmix) : 0;
  std::string found = major == 0 ? "no library that the program could load"
                                 : "library " + std::string(*pmix, 0, pmix->find(" ("));
  if (!srun) return {Verdict::good, "PMIx", found + "; no srun that it would have to fit", ""};
  const std::set<std::string> plugins = plugins_of(*srun, "pmix");
  found +=
      plugins.empty() ? "; srun knows no PMIx" : fmt::format("; srun knows {}", fmt::join(plugins, ", "));
  if (inside.name == "MPICH") {
    if (!plugins_of(*srun, "pmi2").empty())
      return {Verdict::good, "PMIx", found + ", and pmi2, which fits " + label_of(inside), ""};
    return {Verdict::note, "PMIx", found,
            "use mpirun inside the job: srun cannot start ranks of " + label_of(inside)};
  }
  if (plugins.empty()) {
    return {Verdict::note, "PMIx", found,
            "use mpirun inside the job, or ask the site for Slurm's plugin of PMIx"};
  }
  if (major == 0) {
    return {Verdict::note, "PMIx", found,
            "if srun --mpi=pmix starts ranks that do not know of each other, use mpirun inside the job"};
  }
  // Version 1 speaks another protocol; from 2 on, libraries and servers talk to each other.
  if (major < 2 || plugins == std::set<std::string>{"pmix_v1"}) {
    return {Verdict::bad, "PMIx", found, "version 1 talks to no other: use mpirun inside the job"};
  }
  const std::string own = "pmix_v" + std::to_string(major);
  const bool tells_versions = plugins.size() > 1 || !plugins.contains("pmix");
  if (tells_versions && !plugins.contains(own)) {
    return {
        Verdict::note, "PMIx", found,
        "another version than the program's, which mostly works; where a start ends in MPI_Init, use mpirun inside "
        "the job"};
  }
  return {Verdict::good, "PMIx", found, ""};
}

Examined examine_launcher() {
  return compare_launcher(distributed::mpi_library_version(), output_of("mpirun --version"));
}

Examined examine_pmix() {
  std::optional<std::string> list = output_of("srun --mpi=list");
  if (list && list->find("plugin") == std::string::npos) list.reset();  // an error: no cluster answers
  return compare_pmix(distributed::mpi_library_version(), pmix_version(), list);
}

}  // namespace musicmem::launcher
