// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/faulty_start.h"

#include "tests/integration/study_fixture.h"

#include <algorithm>
#include <cstring>

namespace musicmem::testing_support {
namespace fs = std::filesystem;

std::string Fault::text() const {
  if (chance > 0.0) return "chance " + std::to_string(chance) + ", seed " + std::to_string(seed);
  return std::string(fault_words[kind]) + " " + std::to_string(call) + " (" + std::strerror(error) + ")";
}

std::string Fault::sort() const {
  return chance > 0.0 ? "random" : std::string(fault_words[kind]) + ", " + std::strerror(error);
}

namespace {

// `below`: of FAULTS_BELOW.
FaultyStart start_preloaded(const Fault& fault, const std::string& below, const Words& arguments,
                            const fs::path& directory, bool with_figures, int ranks) {
  const fs::path record = directory.string() + ".record";
  FaultyStart start{};
  write_text(record, std::string(sizeof start.record, '\0'));
  fs::create_directories(directory / "tmp");
  Words environment = {"/usr/bin/env",
                       "LD_PRELOAD=" MUSICMEM_FAILING_CALLS,
                       "TMPDIR=" + (directory / "tmp").string(),
                       "FAULTS_RECORD=" + record.string(),
                       "FAULTS_BELOW=" + below,
                       std::string("FAULTS_KIND=") + fault_words[fault.kind],
                       "FAULTS_AT=" + std::to_string(fault.call),
                       "FAULTS_ERRNO=" + std::to_string(fault.error),
                       "FAULTS_CHANCE=" + std::to_string(fault.chance),
                       "FAULTS_SEED=" + std::to_string(fault.seed)};
  if (!with_figures) environment.emplace_back("PATH=/nowhere");
  Words command = program(arguments, ranks);
  // Nothing fails in mpirun itself.
  command.insert(std::find(command.begin(), command.end(), MUSICMEM_PROGRAM), environment.begin(),
                 environment.end());
  start.result = run(command, directory);
  const std::string bytes = text_of(record);
  std::memcpy(&start.record, bytes.data(), sizeof start.record);
  fs::remove(record);
  return start;
}

}  // namespace

FaultyStart start_with(const Fault& fault, const Words& arguments, const fs::path& directory,
                       bool with_figures, int ranks) {
  return start_preloaded(fault, directory.string(), arguments, directory, with_figures, ranks);
}

FaultyStart count_calls(const std::vector<fs::path>& below, const Words& arguments, const fs::path& directory,
                        int ranks) {
  std::string paths;
  for (const fs::path& path : below) paths += (paths.empty() ? "" : ":") + path.string();
  return start_preloaded({}, paths, arguments, directory, false, ranks);
}

}  // namespace musicmem::testing_support
