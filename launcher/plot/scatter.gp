# SPDX-License-Identifier: GPL-3.0-or-later
# Prediction against score, a panel each model: titles[panels], $points with a data set each; target: what is predicted.
set xtics x_step
set ytics x_step
set xlabel target
set ylabel "prediction"
do for [p=1:panels] {
  set title titles[p] font ",11" offset 0,-0.5
  plot [x_low:x_high][x_low:x_high] x with lines dt 2 lc rgb "#777777" notitle, \
    $points index p-1 using 1:2 with points pt 7 ps 0.35 lc rgb blue notitle
}
unset multiplot
