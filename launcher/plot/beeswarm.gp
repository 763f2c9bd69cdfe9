# SPDX-License-Identifier: GPL-3.0-or-later
# SHAP values of tracks, a row each feature: names[rows] from the top; $swarm with value, height and rank of the feature; target: what is predicted.
set ytics () scale 0
set for [i=1:rows] ytics add (names[i] rows-i)
set yrange [-0.6:rows-0.4]
set xrange [x_low:x_high]
set xlabel "SHAP value (change of the predicted ".target.")"
set grid x noy
set arrow from 0, graph 0 to 0, graph 1 nohead lc rgb "#888888"
set palette defined (0 "#0072b2", 0.5 "#d9d9d9", 1 "#d55e00")
set cbrange [0:1]
set cbtics ("low" 0, "high" 1) scale 0
set cblabel "feature value" offset -2,0
plot $swarm using 1:2:3 with points pt 7 ps 0.4 lc palette notitle
