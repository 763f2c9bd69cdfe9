// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// How the program ends.
namespace musicmem::launcher::exit_code {

inline constexpr int done = 0;
inline constexpr int error = 1;
inline constexpr int usage = 2;
inline constexpr int failed_tasks = 3;
inline constexpr int interrupted = 75;  // goes on with the same command; batch systems queue it again

}  // namespace musicmem::launcher::exit_code
