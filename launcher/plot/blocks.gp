# SPDX-License-Identifier: GPL-3.0-or-later
# Importance of blocks of features, a row each (rows.gp): $sizes with centre and box; target: what is predicted.
set xrange [0:size_high]
set xtics size_step
set grid x noy
set style fill solid 0.9 noborder
set xlabel "sum of mean |SHAP values| (".target.")"
plot $sizes using 1:2:3:4:5:6 with boxxyerror lc rgb soft notitle
