# SPDX-License-Identifier: GPL-3.0-or-later
# Differences of pairs, a row each, and a panel a metric: names[rows] from the top; titles[panels] and, by panel, lows,
# highs and steps of the axis and ropes, the half width of the region in which differences do not matter; $differences
# with value, height, low, high, a data set each panel.
set multiplot layout 1,panels
set yrange [-0.6:rows-0.4]
set ytics () scale 0
set for [i=1:rows] ytics add (names[i] rows-i)
set grid x noy
set xtics font ",9"
set arrow 1 from 0, graph 0 to 0, graph 1 nohead lc rgb "#888888"
left = 0.3
gap = 0.015
width = (0.985 - left - gap * (panels - 1)) / panels
do for [p=1:panels] {
  if (p == 2) { unset ytics }
  set lmargin at screen left + (p - 1) * (width + gap)
  set rmargin at screen left + (p - 1) * (width + gap) + width
  set xrange [lows[p]:highs[p]]
  set xtics steps[p]
  set xlabel titles[p]
  unset object
  if (ropes[p] > 0) {
    set object 1 rectangle from ropes[p] * -1, graph 0 to ropes[p], graph 1 behind fc rgb "#d9eee5" fs solid noborder
  }
  plot $differences index p-1 using 1:2:3:4 with xerrorbars pt 7 ps 0.7 lw 1.6 lc rgb blue notitle
}
unset multiplot
