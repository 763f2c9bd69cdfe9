# SPDX-License-Identifier: GPL-3.0-or-later
# Spearman correlation of every fold (columns) and seed (rows): names[rows] from the top; $cells with centre, box and
# value, $undefined with centre and box, $numbers with centre and text.
set xrange [-0.5:folds-0.5]
set yrange [-0.5:rows-0.5]
set ytics () scale 0
set for [i=1:rows] ytics add (names[i] rows-i)
step = folds < 40 ? 1 : folds / 20
set xtics step scale 0
unset grid
set xlabel "fold"
set cblabel "Spearman correlation"
set cbrange [-1:1]
set palette defined (-1 "#d55e00", 0 "#f7f7f7", 1 "#0072b2")
plot NaN notitle, \
  for [i=1:(|$undefined| > 0)] $undefined using 1:2:3:4:5:6 with boxxyerror \
    fc rgb "#eeeeee" fs solid 1 border lc rgb "#bbbbbb" notitle, \
  for [i=1:(|$cells| > 0)] $cells using 1:2:3:4:5:6:7 with boxxyerror fs solid 1 lc palette notitle, \
  for [i=1:(|$numbers| > 0 && folds <= 20)] $numbers using 1:2:3 with labels font ",9" notitle
