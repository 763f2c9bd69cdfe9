# SPDX-License-Identifier: GPL-3.0-or-later
# Losses by epoch, a panel each model: titles[panels]; $fits with epoch and validation error, a line a fit, and $medians
# with epoch, training loss and validation error, with a data set each.
set xlabel "epoch"
set ylabel "loss"
set logscale y
set format y "%g"
set key top right font ",9" samplen 2
do for [p=1:panels] {
  set title titles[p] font ",11" offset 0,-0.5
  plot $fits index p-1 using 1:2 with lines lw 0.6 lc rgb "#c8d9e6" notitle, \
    $medians index p-1 using 1:2 with lines lw 2 lc rgb vermilion title "training", \
    $medians index p-1 using 1:3 with lines lw 2 lc rgb blue title "validation"
}
unset multiplot
