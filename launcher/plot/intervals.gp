# SPDX-License-Identifier: GPL-3.0-or-later
# Spearman correlations of models and variants, a row each (rows.gp); $pooled with value, height, low, high, $folds with
# mean, height, low, high, lower and upper edge; where they are known, the correlation of two halves of the listeners,
# halves, and the correlation that a perfect predictor reaches, attainable.
set xrange [x_low:x_high]
set xtics x_step
set grid x noy
set xlabel "Spearman correlation"
if (exists("halves")) {
  set arrow from halves, graph 0 to halves, graph 1 nohead dt 3 lw 1 lc rgb soft
  set label sprintf("half against half %.2f", halves) at halves, graph 0.98 right offset -0.5,0 font ",12" textcolor rgb ink
}
if (exists("attainable")) {
  set arrow from attainable, graph 0 to attainable, graph 1 nohead dt 2 lw 1.5 lc rgb ink
  set label sprintf("attainable %.2f", attainable) at attainable, graph 0.9 right offset -0.5,0 font ",12" textcolor rgb ink
}
set arrow from 0, graph 0 to 0, graph 1 nohead lc rgb "#888888"
set key at screen 8.0/figure_width, screen 1-4.0/figure_height left top vertical Left reverse samplen 2 spacing 1.15
set style fill solid 1 noborder
plot NaN notitle, \
  for [i=1:(|$pooled| > 0)] $pooled using 1:2:3:4 with xerrorbars pt 7 ps 0.7 lw 2 lc rgb blue \
    title "pooled over tracks, with its 95 % interval", \
  for [i=1:(|$folds| > 0)] $folds using 1:2:3:4:5:6 with boxxyerror lc rgb pale \
    title "mean over folds ± standard deviation", \
  for [i=1:(|$folds| > 0)] $folds using 1:5:(0):($6-$5) with vectors nohead lw 2 lc rgb "#555555" notitle
