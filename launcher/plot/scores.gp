# SPDX-License-Identifier: GPL-3.0-or-later
# How many tracks have which score: $bars with middle and number, each width wide; target: what is predicted.
set xlabel target
set ylabel "tracks" offset 0.5,0
set yrange [0:*]
set xrange [x_low:x_high]
set boxwidth 0.9*width
set style fill solid 0.9 noborder
set grid y nox
plot $bars using 1:2 with boxes lc rgb blue notitle
