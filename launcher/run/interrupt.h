// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace musicmem::launcher {

// From here on SIGTERM, SIGINT and SIGUSR1 set a flag, and nothing else; a second
// SIGINT ends the program at once.
void watch_for_interrupts();

// Whether such a signal came: the program stops at its next safe point.
bool interrupt_requested();

}  // namespace musicmem::launcher
