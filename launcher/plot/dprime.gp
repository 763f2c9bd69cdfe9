# SPDX-License-Identifier: GPL-3.0-or-later
# Sensitivity of the clips against their hit rate: $clips with hit rate and d'.
set xlabel "hit rate"
set ylabel "sensitivity d' (standard deviations)"
set xrange [0:1]
set yrange [y_low:y_high]
plot $clips using 1:2 with points pt 7 ps 0.6 lc rgb blue notitle
