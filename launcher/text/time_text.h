// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace musicmem::launcher {

// "0:01:12" hours, minutes and seconds.
std::string duration_text(double seconds);

// "2026-11-25 13:02:11", local time, of seconds since the Unix epoch.
std::string time_text(double unix_seconds);

}  // namespace musicmem::launcher
