# SPDX-License-Identifier: GPL-3.0-or-later
# What each mel band adds to what is predicted, target: $bands with band, highest and lowest; hertz[frequencies] at bands[frequencies].
set xtics ()
set for [i=1:frequencies] xtics add (hertz[i] bands[i])
set xrange [-0.5:127.5]
set xlabel "frequency (Hz)"
set ylabel "change of ".target
set key outside top center horizontal
plot 0 with lines lc rgb "#888888" notitle, \
  $bands using 1:2 with steps lw 2 lc rgb vermilion title "highest predictions", \
  $bands using 1:3 with steps lw 2 lc rgb blue title "lowest predictions"
