# SPDX-License-Identifier: GPL-3.0-or-later
# Learning curves, a panel each model (panels.gp); $pooled with training tracks, pooled correlation, low and high, and
# $folds with training tracks, mean over folds, lower and upper end of its deviation, with a data set each.
set xlabel "training tracks"
y_title = "Spearman correlation"
set xtics x_wide_step
set ytics y_step
set label 1 "●" at screen 8.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb blue
set label 2 "pooled, 95 % interval" at screen 30.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb ink
set label 3 "■" at screen 178.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb "#555555"
set label 4 "mean over folds" at screen 200.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb ink
do for [p=1:panels] {
  set lmargin at screen left_of(p)
  set rmargin at screen right_of(p)
  set tmargin at screen top_of(p)
  set bmargin at screen bottom_of(p)
  set title titles[p] offset 0,-0.6
  if (p == 2) { unset label }
  unset label 99
  if (at_column(p) == 0) {
    set label 99 y_title at screen 10.0/figure_width, screen (top_of(p)+bottom_of(p))/2 center rotate font ",12" tc rgb ink
  }
  plot [x_low:x_high][y_low:y_high] \
    $folds index p-1 using 1:2 with points pt 5 ps 0.8 lc rgb "#555555" notitle, \
    $pooled index p-1 using 1:2 with lines lw 2 lc rgb blue notitle, \
    $pooled index p-1 using 1:2:3:4 with yerrorbars pt 7 ps 0.7 lw 1.6 lc rgb blue notitle
}
unset multiplot
