# SPDX-License-Identifier: GPL-3.0-or-later
# Spearman correlation of every fold (columns) and seed (rows, rows.gp): $cells with centre, box and value, $undefined
# with centre and box, $numbers with centre, whether it is on a dark cell, and text; numbers_fit where these have room.
set xrange [-0.5:folds-0.5]
step = folds <= 10 ? 1 : folds <= 20 ? 2 : int(folds / 8)
set xtics step scale 0
unset grid
set border 0
set xlabel "fold"
set cblabel "Spearman correlation" offset 0,0.5
set cbrange [-1:1]
set cbtics 0.5
set colorbox horizontal user origin screen (left + 20.0) / figure_width, screen 46.0 / figure_height \
  size screen 1 - (left + 60.0) / figure_width, screen 10.0 / figure_height
set palette defined (-1 blue, 0 "#f4f4f4", 1 vermilion)
plot NaN notitle, \
  for [i=1:(|$undefined| > 0)] $undefined using 1:2:3:4:5:6 with boxxyerror \
    fc rgb "#eeeeee" fs solid 1 border lc rgb "#bbbbbb" notitle, \
  for [i=1:(|$cells| > 0)] $cells using 1:2:3:4:5:6:7 with boxxyerror fs solid 1 lc palette notitle, \
  for [i=1:(|$numbers| > 0 && numbers_fit > 0)] $numbers using 1:2:4:($3 > 0 ? 0xFEFEFE : 0x111111) with labels font ",12" tc rgb variable notitle
