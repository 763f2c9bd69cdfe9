# SPDX-License-Identifier: GPL-3.0-or-later
# Before a figure of square panels.
set multiplot layout rows,columns
set size ratio 1
set lmargin 7
set rmargin 1
set tmargin 2
set bmargin 3.5
set tics font ",9"
set xlabel font ",10" offset 0,0.4
set ylabel font ",10" offset 0.8,0
