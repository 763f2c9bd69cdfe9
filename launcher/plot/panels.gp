# SPDX-License-Identifier: GPL-3.0-or-later
# Before a figure of square panels: titles[panels] in rows and columns, each panel_width by panel_height pixels with
# title_height for its title, below key_height pixels for what the lines mean; narrow: letters are large in it.
figure_width = figure_width * 1.0
figure_height = figure_height * 1.0
set multiplot
set title font ",12" textcolor rgb ink
set key off
at_column(p) = (p - 1) % columns
at_row(p) = int((p - 1) / columns)
left_of(p) = (18.0 + at_column(p) * panel_width + 44.0) / figure_width
right_of(p) = (18.0 + (at_column(p) + 1) * panel_width - 12.0) / figure_width
top_of(p) = 1 - (key_height + at_row(p) * panel_height + title_height) * 1.0 / figure_height
bottom_of(p) = 1 - (key_height + (at_row(p) + 1) * panel_height - 58.0) / figure_height
set xlabel offset 0,lift
