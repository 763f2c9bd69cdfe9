// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace musicmem::launcher {

// A drawing of gnuplot as part of a page: an image that the element of id `label` names, of this class, without a title
// of its own. Colours of launcher/plot/style.gp become those of the page, which has others in the dark.
std::string inline_svg(const std::string& svg, const std::string& label, const std::string& of_class);

}  // namespace musicmem::launcher
