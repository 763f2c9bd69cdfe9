# SPDX-License-Identifier: GPL-3.0-or-later
# Three plots side by side, a row each feature: names[rows] from the top; $sizes and $losses with centre and box, $signs
# with value, height, low, high; target: what is predicted.
set multiplot layout 1,3
set ytics () scale 0
set for [i=1:rows] ytics add (names[i] rows-i)
set yrange [-0.6:rows-0.4]
set grid x noy
set xtics font ",9"
set arrow 1 from 0, graph 0 to 0, graph 1 nohead lc rgb "#888888"

set lmargin at screen 0.17
set rmargin at screen 0.42
set xrange [size_low:size_high]
set xtics size_step
set xlabel "mean |SHAP value|"
plot $sizes using 1:2:3:4:5:6 with boxxyerror fs solid 0.9 noborder lc rgb blue notitle

unset ytics
set lmargin at screen 0.45
set rmargin at screen 0.7
set xrange [sign_low:sign_high]
set xtics sign_step
set xlabel "effect of +1 SD on ".target
plot $signs using 1:2:3:4 with xerrorbars pt 7 ps 0.7 lw 1.6 lc rgb vermilion notitle

set lmargin at screen 0.73
set rmargin at screen 0.98
set xrange [loss_low:loss_high]
set xtics loss_step
set xlabel "permutation importance"
plot $losses using 1:2:3:4:5:6 with boxxyerror fs solid 0.9 noborder lc rgb green notitle
unset multiplot
