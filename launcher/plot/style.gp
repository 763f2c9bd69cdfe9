# SPDX-License-Identifier: GPL-3.0-or-later
# Of every figure. The colours of M. Okabe and K. Ito, which colour-blind readers can tell apart.
blue = "#0072b2"
vermilion = "#d55e00"
green = "#009e73"
set encoding utf8
set border 3 lc rgb "#555555"
set tics nomirror out scale 0.6 textcolor rgb "#222222"
set grid lc rgb "#e3e3e3" lw 1 lt 1
set key noenhanced
set bars 0.6
