# SPDX-License-Identifier: GPL-3.0-or-later
# Mean score, with its interval, against mean prediction, a panel each model (panels.gp): $bins with a data set each;
# target: what is predicted.
set xtics x_wide_step
set ytics x_step
set xlabel "mean prediction"
y_title = "mean ".target
set label 1 "●" at screen 8.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb blue
set label 2 "mean of tracks, 95 % interval" at screen 30.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb ink
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
  plot [x_low:x_high][x_low:x_high] x with lines dt 2 lc rgb soft notitle, \
    $bins index p-1 using 1:2:3:4 with yerrorbars pt 7 ps 0.6 lw 1.5 lc rgb blue notitle
}
unset multiplot
