# SPDX-License-Identifier: GPL-3.0-or-later
# SHAP value against the feature's value, a panel each feature (panels.gp): $points with a data set each; lows, highs and
# steps of each feature's axis, units[panels] what it says; target: what is predicted.
set ytics y_step
y_title = "SHAP value (".target.")"
set label 1 "●" at screen 8.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb blue
set label 2 "a track, mean over its segments and seeds" at screen 30.0/figure_width, screen 1-12.0/figure_height left font ",12" tc rgb ink
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
  set xlabel units[p]
  set xtics steps[p]
  plot [lows[p]:highs[p]][y_low:y_high] 0 with lines dt 2 lc rgb soft notitle, \
    $points index p-1 using 1:2 with points pt 7 ps 0.35 lc rgb blue notitle
}
unset multiplot
