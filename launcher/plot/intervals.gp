# SPDX-License-Identifier: GPL-3.0-or-later
# Spearman correlations of models and variants, a row each: names[rows] from the top; $pooled and $folds with
# value, height, low, high; where they are known, the correlation of two halves of the listeners, halves, and the
# correlation that a perfect predictor reaches, attainable.
set xrange [x_low:x_high]
set yrange [-0.6:rows-0.4]
set ytics () scale 0
set for [i=1:rows] ytics add (names[i] rows-i)
set grid x noy
set xlabel "Spearman correlation"
if (exists("halves")) {
  set arrow from halves, graph 0 to halves, graph 1 nohead dt 3 lw 1 lc rgb "#777777"
  set label sprintf("half against half %.2f", halves) at halves, graph 0.98 right offset -0.5,0 font ",10" textcolor rgb "#555555"
}
if (exists("attainable")) {
  set arrow from attainable, graph 0 to attainable, graph 1 nohead dt 2 lw 1.5 lc rgb "#000000"
  set label sprintf("attainable %.2f", attainable) at attainable, graph 0.9 right offset -0.5,0 font ",10"
}
set arrow from 0, graph 0 to 0, graph 1 nohead lc rgb "#888888"
set key outside top center horizontal
plot NaN notitle, \
  for [i=1:(|$pooled| > 0)] $pooled using 1:2:3:4 with xerrorbars pt 7 ps 0.8 lw 2 lc rgb blue \
    title "pooled over tracks, 95 % bootstrap interval", \
  for [i=1:(|$folds| > 0)] $folds using 1:2:3:4 with xerrorbars pt 5 ps 0.6 lw 1.2 lc rgb vermilion \
    title "mean and standard deviation over folds"
