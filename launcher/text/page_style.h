// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace musicmem::launcher {

// How pages of as_html look, in CSS. One scale of letters: 12 pixels in tables and figures at the least, 13 below them, 16
// in running text.
std::string page_style();

}  // namespace musicmem::launcher
