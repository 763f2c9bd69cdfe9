# SPDX-License-Identifier: GPL-3.0-or-later
# Spectrograms below each other: titles[clips], seconds[clips]; $pixels with time, mel band and colour, a data set each;
# hertz[frequencies] at bands[frequencies].
set multiplot layout clips,1
set lmargin 9
set rmargin 2
set tmargin 2
set bmargin 3.2
unset grid
set xlabel "time (s)" offset 0,0.5
set ylabel "frequency (Hz)" offset 0.5,0
set ytics ()
set for [i=1:frequencies] ytics add (hertz[i] bands[i])
do for [p=1:clips] {
  set title titles[p] font ",11" offset 0,-0.6
  plot [0:seconds[p]][-0.5:127.5] $pixels index p-1 using 1:2:3:4:5 with rgbimage notitle
}
unset multiplot
