# SPDX-License-Identifier: GPL-3.0-or-later
# Before a figure of rows: names[rows] at heights middles[rows] or, where names_above, at tops[rows], of rows_height
# together; left: pixels beside them. Sizes are in pixels of a figure of figure_width and figure_height, with top and
# bottom pixels around the rows.
figure_width = figure_width * 1.0
figure_height = figure_height * 1.0
set yrange [0:rows_height]
set ytics () scale 0
if (names_above) {
  unset ytics
  do for [i=1:rows] { set label 100+i names[i] at graph 0, first tops[i]-8 left font ",12" textcolor rgb ink front }
} else {
  set for [i=1:rows] ytics add (names[i] middles[i])
}
set lmargin at screen left * 1.0 / figure_width
set rmargin at screen 1 - 14.0 / figure_width
set tmargin at screen 1 - top * 1.0 / figure_height
set bmargin at screen bottom * 1.0 / figure_height
