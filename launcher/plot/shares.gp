# SPDX-License-Identifier: GPL-3.0-or-later
# Learning curves, a panel each model: titles[panels]; $pooled with training tracks, pooled correlation, low and high, and
# $folds with training tracks, mean over folds and deviation, with a data set each.
set xlabel "training tracks"
set ylabel "Spearman correlation"
set xrange [x_low:x_high]
set yrange [y_low:y_high]
set key bottom right font ",9" samplen 2
do for [p=1:panels] {
  set title titles[p] font ",11" offset 0,-0.5
  plot $pooled index p-1 using 1:2 with lines lw 2 lc rgb blue notitle, \
    $pooled index p-1 using 1:2:3:4 with yerrorbars pt 7 ps 0.7 lw 1.6 lc rgb blue title "pooled, 95 % interval", \
    $folds index p-1 using 1:2 with linespoints pt 5 ps 0.6 lw 1.2 lc rgb vermilion title "mean over folds"
}
unset multiplot
