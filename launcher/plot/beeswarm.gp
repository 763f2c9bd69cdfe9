# SPDX-License-Identifier: GPL-3.0-or-later
# SHAP values of tracks, a row each feature (rows.gp): $swarm with value, height and rank of the feature; target: what is
# predicted.
set xrange [x_low:x_high]
set xtics x_step
set xlabel "SHAP value (".target.")"
set grid x noy
set arrow from 0, graph 0 to 0, graph 1 nohead lc rgb "#888888"
set palette defined (0 blue, 0.5 "#d9d9d9", 1 vermilion)
set cbrange [0:1]
set cbtics ("lowest" 0, "highest" 1) scale 0
set cblabel "feature's value among the tracks" offset 0,1.2
set colorbox horizontal user origin screen (left + 20.0) / figure_width, screen 40.0 / figure_height \
  size screen 1 - (left + 60.0) / figure_width, screen 10.0 / figure_height
plot $swarm using 1:2:3 with points pt 7 ps 0.4 lc palette notitle
