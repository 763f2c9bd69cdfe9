# SPDX-License-Identifier: GPL-3.0-or-later
# Three plots, a row each feature (rows.gp), beside each other or stacked: $sizes and $losses with centre and box, $signs
# with value, height, low, high, those above 0 and those below in a data set each; target: what is predicted.
set multiplot
set grid x noy
set arrow 1 from 0, graph 0 to 0, graph 1 nohead lc rgb "#888888"
set style fill solid 0.9 noborder
gap = 26.0
panel_width = stacked > 0 ? figure_width - left - gap : (figure_width - left - gap * 3) / 3
panel_height = rows_height + bottom
do for [p=1:3] {
  if (p == 2 && stacked == 0) { unset ytics }
  at_left = stacked > 0 ? left : left + (p - 1) * (panel_width + gap)
  above = top + (stacked > 0 ? (p - 1) * panel_height : 0)
  set lmargin at screen at_left / figure_width
  set rmargin at screen (at_left + panel_width) / figure_width
  set tmargin at screen 1 - above * 1.0 / figure_height
  set bmargin at screen 1 - (above + rows_height) * 1.0 / figure_height
  if (p == 1) {
    set xrange [size_low:size_high]
    set xtics size_step
    set xlabel "mean |SHAP value|\n(".target.")"
    plot $sizes using 1:2:3:4:5:6 with boxxyerror lc rgb soft notitle
  }
  if (p == 2) {
    set xrange [sign_low:sign_high]
    set xtics sign_step
    set xlabel "effect of +1 SD\n(".target.")"
    plot $signs index 0 using 1:2:3:4 with xerrorbars pt 7 ps 0.7 lw 1.6 lc rgb vermilion notitle, \
      $signs index 1 using 1:2:3:4 with xerrorbars pt 5 ps 0.7 lw 1.6 lc rgb blue notitle
  }
  if (p == 3) {
    set xrange [loss_low:loss_high]
    set xtics loss_step
    set xlabel "permutation importance\n(squared ".target.")"
    plot $losses using 1:2:3:4:5:6 with boxxyerror lc rgb soft notitle
  }
}
unset multiplot
