// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/failing_calls.h"
#include "tests/integration/program.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

// Starts of the program in which calls that reach the disk fail.
namespace musicmem::testing_support {

// Which calls fail, and how: the `call`-th of a kind, counted from 1, or each with a probability; none of
// either where both are 0.
struct Fault {
  FaultKind kind = fault_write;
  unsigned long call = 0;
  int error = 0;  // number of the system
  double chance = 0.0;
  std::uint64_t seed = 0;

  std::string text() const;
  std::string sort() const;  // kind and error
};

struct FaultyStart {
  ProgramResult result;
  FaultRecord record;
};

// Runs the program in `directory`, alone (ranks = 0) or under mpirun, with calls on files below it failing.
// Temporary files of the program lie there too (tmp); gnuplot is found only `with_figures`.
FaultyStart start_with(const Fault& fault, const Words& arguments, const std::filesystem::path& directory,
                       bool with_figures = false, int ranks = 0);

// The calls that reach the files of `below` in a start where none fails.
FaultyStart count_calls(const std::vector<std::filesystem::path>& below, const Words& arguments,
                        const std::filesystem::path& directory, int ranks = 0);

}  // namespace musicmem::testing_support
