# SPDX-License-Identifier: GPL-3.0-or-later
# Share of repeats that were recognised by the positions between presentations: $lags with interval, hit rate, low and high.
set xlabel "positions between presentations"
set ylabel "hit rate"
set logscale x 2
set xrange [x_low:x_high]
set yrange [0:1]
plot $lags using 1:2:3:4 with yerrorbars pt 7 ps 0.5 lw 1 lc rgb blue notitle
