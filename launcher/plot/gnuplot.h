// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

// Figures drawn by gnuplot, all in one look.
namespace musicmem::launcher {

// One picture: commands that draw it, without terminal and output, after launcher/plot/style.gp. Texts are taken
// literally (no markup); sizes are in CSS pixels.
struct Figure {
  std::string name;     // of its files
  std::string caption;  // what is seen, for people and screen readers
  int width = 900;
  int height = 480;
  std::string commands;
};

// Bytes of "<name>.svg" and "<name>.png" (twice the pixels) of every figure; the same commands give the same
// bytes. Ids inside an SVG begin with its name, so that several fit into one page. Empty where gnuplot is not
// installed. Throws Error with gnuplot's words where it fails, or where it does not draw them all.
std::map<std::string, std::string> draw(const std::vector<Figure>& figures);

bool gnuplot_is_there();

// Why no figure can be drawn here, by drawing one; empty where it can.
std::string drawing_problem();

// draw(); where it fails no figures, and a warning that `document` ("the report") has none.
std::map<std::string, std::string> draw_or_warn(const std::vector<Figure>& figures,
                                                const std::string& document);

}  // namespace musicmem::launcher
