// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

// Pieces of a self-contained HTML page: no script, no network, readable on a phone and on paper.
namespace musicmem::launcher {

// `body` is HTML, `title` plain text.
std::string html_page(const std::string& title, const std::string& body);

// Cells are plain text; all but the first `name_columns` are numbers. Wide tables scroll by themselves.
std::string html_table(const std::vector<std::string>& headings,
                       const std::vector<std::vector<std::string>>& rows, std::size_t name_columns);

// An SVG document, put in line, with a caption in plain text (none where it is empty).
std::string html_figure(const std::string& svg, const std::string& caption);

std::string html_notes(const std::vector<std::string>& notes);  // paragraphs of plain text
std::string html_list(const std::vector<std::string>& items);

}  // namespace musicmem::launcher
