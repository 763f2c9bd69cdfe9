# SPDX-License-Identifier: GPL-3.0-or-later
# Mean score, with its error, against mean prediction, a panel each model: titles[panels], $bins with a data set each; target: what is predicted.
set xtics x_step
set ytics x_step
set xlabel "mean prediction"
set ylabel "mean ".target
do for [p=1:panels] {
  set title titles[p] font ",11" offset 0,-0.5
  plot [x_low:x_high][x_low:x_high] x with lines dt 2 lc rgb "#777777" notitle, \
    $bins index p-1 using 1:2:3 with yerrorbars pt 7 ps 0.6 lw 1.5 lc rgb green notitle
}
unset multiplot
