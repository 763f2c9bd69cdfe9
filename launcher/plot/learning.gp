# SPDX-License-Identifier: GPL-3.0-or-later
# Losses by epoch, a panel each model (panels.gp): $fits with epoch and validation error, a line a fit, and $medians
# with epoch, training loss and validation error, with a data set each; last[panels] epochs, with a tic every
# epochs[panels].
set xlabel "epoch"
y_title = "loss (squared ".target.")"
set logscale y
set format y "%g"
set label 1 "╌" at screen 8.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb green
set label 2 "training" at screen 30.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb ink
set label 3 "━" at screen 103.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb blue
set label 4 "validation" at screen 125.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb ink
set label 5 "━" at screen 208.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb pale
set label 6 "single fits" at screen 230.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb ink
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
  set xrange [0:last[p]]
  set xtics 0, epochs[p]
  plot $fits index p-1 using 1:2 with lines lw 0.6 lc rgb pale notitle, \
    $medians index p-1 using 1:2 with lines lw 2 dt 2 lc rgb green notitle, \
    $medians index p-1 using 1:3 with lines lw 2 lc rgb blue notitle
}
unset multiplot
