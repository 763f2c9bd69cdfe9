# SPDX-License-Identifier: GPL-3.0-or-later
# Of every figure. The colours of M. Okabe and K. Ito, which colour-blind readers can tell apart, each for one thing:
# blue for what was predicted or measured and its 95 % intervals, pale bars for deviations, vermilion for what is high
# or raises a prediction, blue for what is low or lowers it.
blue = "#0072b2"
vermilion = "#d55e00"
green = "#009e73"
pale = "#c3ccd5"
soft = "#777777"
ink = "#222222"
set encoding utf8
set minussign
set border 3 lc rgb "#555555"
set tics nomirror out scale 0.6 textcolor rgb ink font ",12"
lift = GPVAL_TERM eq "svg" ? 0.6 : 0.3  # in SVG titles of axes stand lower
set xlabel font ",12" textcolor rgb ink offset 0,lift
set ylabel font ",12" textcolor rgb ink
set cblabel font ",12" textcolor rgb ink
set grid lc rgb "#e3e3e3" lw 1 lt 1
set key noenhanced font ",12" textcolor rgb ink
set bars 0.6
