# SPDX-License-Identifier: GPL-3.0-or-later
# What each mel band adds to what is predicted, target: $bands with band, highest and lowest; hertz[frequencies] at bands[frequencies].
figure_width = figure_width * 1.0
figure_height = figure_height * 1.0
set xtics ()
set for [i=1:frequencies:(narrow > 0 ? 2 : 1)] xtics add (hertz[i] bands[i])
set xrange [-0.5:127.5]
set xlabel "frequency (Hz)"
set ylabel "change of ".target
set key at screen 8.0/figure_width, screen 1-4.0/figure_height left top vertical Left reverse samplen 2 spacing 1.15
set tmargin at screen 1 - 44.0 / figure_height
plot 0 with lines lc rgb "#888888" notitle, \
  $bands using 1:2 with steps lw 2 lc rgb vermilion title "clips with the highest predictions", \
  $bands using 1:3 with steps lw 2 dt 2 lc rgb blue title "clips with the lowest predictions"
