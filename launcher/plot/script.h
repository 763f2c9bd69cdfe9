// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/plot/gnuplot.h"

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

// What the scripts launcher/plot/*.gp draw: variables and data blocks.
namespace musicmem::launcher {

// The text of launcher/plot/<name>.gp, which is part of the program.
std::string_view script_text(std::string_view name);

// An axis from `low` to `high`, with some room around the values that it was made of.
struct Axis {
  double low = 0.0;
  double high = 1.0;

  // Of the finite ones among `values`, and of 0 to 1 where there is none.
  static Axis around(const std::vector<double>& values);
  double step() const;       // between round tics, three to six
  double wide_step() const;  // where there is room for three
};

// Lines of a gnuplot data block, values separated by spaces; a value that is not finite becomes NaN.
class DataBlock {
 public:
  explicit DataBlock(std::string name) : name_(std::move(name)) {}
  void row(const std::vector<double>& values);
  void row(const std::vector<double>& values, const std::string& text);  // text last, quoted
  void gap() { lines_ += "\n"; }                                         // lines are not drawn across it
  void end_set();  // of what a script calls by its index; an empty one holds a point that is not drawn
  std::string definition() const { return "$" + name_ + " << EOD\n" + lines_ + "EOD\n"; }

 private:
  std::string name_;
  std::string lines_;
  std::size_t set_begin_ = 0;
};

// How a figure is laid out: the same scripts draw both forms.
struct Layout {
  bool narrow = false;

  int width() const { return narrow ? 320 : 620; }  // CSS pixels
};

// `text` in lines of at most `letters`, broken after blanks, underscores, points and slashes where that can be.
std::string wrapped(const std::string& text, std::size_t letters);

// Rows below each other, from the top, with their names beside them or, where the figure is narrow and names are long,
// above what they show. Heights are in pixels from the bottom of the plot.
struct Rows {
  // `content`: pixels that a row needs for what it shows.
  Rows(const std::vector<std::string>& names, const Layout& layout, double content);

  double middle(std::size_t row) const { return middles[row]; }  // of what it shows

  std::vector<std::string> labels;  // wrapped
  std::vector<double> tops;
  std::vector<double> middles;
  double height = 0.0;  // of all
  bool above = false;   // where the names stand
  int margin = 0;       // pixels to the left of the plot
};

// What a script is given, by the names that the script uses. Texts are taken literally.
class ScriptInput {
 public:
  ScriptInput& set(const std::string& name, double value);
  ScriptInput& set(const std::string& name, std::size_t value);
  ScriptInput& set(const std::string& name, const std::vector<double>& values);       // an array
  ScriptInput& set(const std::string& name, const std::vector<std::string>& values);  // an array
  ScriptInput& set(const std::string& name, const Axis& axis);  // <name>_low, <name>_high and <name>_step
  ScriptInput& set(const DataBlock& block);
  ScriptInput& set_text(const std::string& name, const std::string& text);
  // What launcher/plot/rows.gp takes.
  ScriptInput& set(const Rows& rows);

  // The commands of a figure: what was set and then the scripts.
  std::string drawn_by(std::initializer_list<std::string_view> scripts) const;

 private:
  ScriptInput& define(const std::string& name, const std::string& value);
  ScriptInput& define(const std::string& name, const std::vector<std::string>& values);

  std::string lines_;
};

// A drawing of rows by rows.gp and other scripts, with `top` and `bottom` pixels around the rows for keys, axes and colour
// bars; `panels` of them below each other.
Drawing row_drawing(const Layout& layout, const Rows& rows, double top, double bottom, ScriptInput input,
                    std::initializer_list<std::string_view> scripts, std::size_t panels = 1);

// A figure whose two forms `draw` makes.
Figure both_layouts(const std::string& name, std::string caption,
                    const std::function<Drawing(const Layout&)>& draw);

// The same commands in both forms, whose scripts need no places of their own; `height` in pixels.
Figure plain_figure(const std::string& name, std::string caption, int height, const ScriptInput& input,
                    std::initializer_list<std::string_view> scripts);

// Panels side by side, two or three in a row, each square, drawn by launcher/plot/panels.gp and the script of the
// figure's name, or `script`.
Figure panel_figure(const std::string& name, std::string caption, const std::vector<std::string>& titles,
                    const ScriptInput& input, const std::string& script = "");

}  // namespace musicmem::launcher
