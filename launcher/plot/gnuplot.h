// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

// Figures drawn by gnuplot, all in one look.
namespace musicmem::launcher {

// One drawing: commands without terminal and output, after launcher/plot/style.gp. Texts are taken literally (no
// markup); sizes are in CSS pixels.
struct Drawing {
  int width = 620;
  int height = 400;
  std::string commands = {};
};

// A figure in its two forms: for the column of a page on a desk, and for a phone or the column of a paper. Letters
// have the same size in both.
struct Figure {
  std::string name;     // of its files
  std::string caption;  // what is seen, for people and screen readers
  Drawing wide;
  Drawing narrow;
};

// Bytes of "<name>.svg", "<name>.png" (twice the pixels), "<name>-narrow.svg" and, of the narrow form, "<name>.pdf" of
// every figure; the same commands give the same bytes. Ids inside an SVG begin with its name, so that several fit into
// one page. Empty where gnuplot is not installed. Throws Error with gnuplot's words where it fails, or where it does
// not draw them all.
std::map<std::string, std::string> draw(const std::vector<Figure>& figures);

bool gnuplot_is_there();

// Why no figure can be drawn here, by drawing one; empty where it can.
std::string drawing_problem();

// draw(); where it fails no figures, and a warning that `document` ("the report") has none.
std::map<std::string, std::string> draw_or_warn(const std::vector<Figure>& figures,
                                                const std::string& document);

}  // namespace musicmem::launcher
