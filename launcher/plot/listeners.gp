# SPDX-License-Identifier: GPL-3.0-or-later
# How well groups of listeners agree by their size: $drawn with listeners, mean correlation, deviation; $expected with
# listeners and what Spearman and Brown's formula expects; all listeners and the reliability of their scores.
set xlabel "listeners in each group"
set ylabel "Spearman correlation between groups"
set xrange [0:1.08*all]
set yrange [y_low:1]
set key bottom right
plot $expected using 1:2 with lines lw 1.5 lc rgb "#888888" title "expected (Spearman and Brown)", \
  $drawn using 1:2:3 with yerrorbars pt 7 ps 0.7 lw 1.5 lc rgb blue title "groups drawn at random, mean and deviation", \
  $whole using 1:2 with points pt 13 ps 1.4 lc rgb vermilion title "scores of all listeners"
