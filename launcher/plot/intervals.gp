# SPDX-License-Identifier: GPL-3.0-or-later
# Spearman correlations of models and variants, a row each: names[rows] from the top; $pooled and $folds with
# value, height, low, high; consistency of the listeners where there is one.
set xrange [x_low:x_high]
set yrange [-0.6:rows-0.4]
set ytics () scale 0
set for [i=1:rows] ytics add (names[i] rows-i)
set grid x noy
set xlabel "Spearman correlation"
if (exists("consistency")) {
  set arrow from consistency, graph 0 to consistency, graph 1 nohead dt 2 lw 1.5 lc rgb "#000000"
  set label sprintf("listeners agree: %.2f", consistency) at consistency, graph 0.98 right offset -0.5,0 font ",10"
}
set arrow from 0, graph 0 to 0, graph 1 nohead lc rgb "#888888"
set key outside top center horizontal
plot NaN notitle, \
  for [i=1:(|$pooled| > 0)] $pooled using 1:2:3:4 with xerrorbars pt 7 ps 0.8 lw 2 lc rgb blue \
    title "pooled over tracks, 95 % bootstrap interval", \
  for [i=1:(|$folds| > 0)] $folds using 1:2:3:4 with xerrorbars pt 5 ps 0.6 lw 1.2 lc rgb vermilion \
    title "mean and standard deviation over folds"
