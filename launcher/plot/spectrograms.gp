# SPDX-License-Identifier: GPL-3.0-or-later
# Spectrograms below each other: titles[clips], seconds[clips]; $pixels with time, mel band and colour, a data set each;
# hertz[frequencies] at bands[frequencies]; full: the attribution at which its colour is full; target: what is predicted.
figure_width = figure_width * 1.0
figure_height = figure_height * 1.0
set multiplot
unset grid
set xlabel "time (s)" offset 0,lift
set ylabel "frequency (Hz)" offset 0.5,0
set ytics ()
set for [i=1:frequencies] ytics add (hertz[i] bands[i])
set cbrange [-full:full]
set cbtics (sprintf("−%.2g", full) -full, "0" 0, sprintf("%.2g", full) full) scale 0.4
set cblabel "attribution (".target." per value)" offset 0,0.3
set palette defined (-1 blue, 0 "#d9d9d9", 1 vermilion)
set colorbox horizontal user origin screen 88.0 / figure_width, screen 38.0 / figure_height \
  size screen 1 - 130.0 / figure_width, screen 10.0 / figure_height
row_height = (figure_height - 66.0) / clips
do for [p=1:clips] {
  set lmargin at screen 68.0 / figure_width
  set rmargin at screen 1 - 18.0 / figure_width
  set tmargin at screen 1 - ((p - 1) * row_height + title_height) / figure_height
  set bmargin at screen 1 - (p * row_height - 44.0) / figure_height
  set title titles[p] font ",12" offset 0,-0.6
  if (p == 2) { unset colorbox }
  plot [0:seconds[p]][-0.5:127.5] $pixels index p-1 using 1:2:3:4:5 with rgbimage notitle, \
    "+" using (-1):(-1):(0) every ::0::0 with points lc palette notitle
}
unset multiplot
