# SPDX-License-Identifier: GPL-3.0-or-later
# Differences of pairs, a row each (rows.gp), and a panel a metric, beside each other or stacked: titles[panels] and, by
# panel, lows, highs and steps of the axis and ropes, the half width of the region in which differences do not matter;
# $differences with value, height, low, high and whether it is significant, a data set each panel.
set multiplot
set grid x noy
set arrow 1 from 0, graph 0 to 0, graph 1 nohead lc rgb "#888888"
gap = 14.0
panel_width = stacked > 0 ? figure_width - left - gap : (figure_width - left - gap * panels) / panels
panel_height = rows_height + bottom
set label 1 "●" at screen 8.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb blue
set label 2 "significant" at screen 26.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb ink
set label 3 "○" at screen 112.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb blue
set label 4 "not" at screen 130.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb ink
set label 5 "■" at screen 168.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb "#bfe3d4"
set label 6 "does not matter" at screen 186.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb ink
do for [p=1:panels] {
  if (p == 2 && stacked == 0) {
    unset ytics
  }
  at_left = stacked > 0 ? left : left + (p - 1) * (panel_width + gap)
  above = top + (stacked > 0 ? (p - 1) * (panel_height) : 0)
  set lmargin at screen at_left / figure_width
  set rmargin at screen (at_left + panel_width) / figure_width
  set tmargin at screen 1 - above * 1.0 / figure_height
  set bmargin at screen 1 - (above + rows_height) * 1.0 / figure_height
  set xrange [lows[p]:highs[p]]
  set xtics steps[p]
  set xlabel titles[p]
  unset object
  if (ropes[p] > 0) {
    set object 1 rectangle from ropes[p] * -1, graph 0 to ropes[p], graph 1 behind fc rgb "#d9eee5" fs solid noborder
  }
  plot $differences index p-1 using 1:2:3:4 with xerrorbars pt -1 lw 1.6 lc rgb blue notitle, \
    $differences index p-1 using 1:($5 > 0 ? $2 : NaN) with points pt 7 ps 0.8 lc rgb blue notitle, \
    $differences index p-1 using 1:($5 > 0 ? NaN : $2) with points pt 7 ps 0.8 lc rgb "#ffffff" notitle, \
    $differences index p-1 using 1:($5 > 0 ? NaN : $2) with points pt 6 ps 0.8 lw 1.6 lc rgb blue notitle
}
unset multiplot
