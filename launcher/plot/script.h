// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/plot/gnuplot.h"

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
  double step() const;  // between round tics, three to six
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
  // rows and names[rows], the labels of tics from the top.
  ScriptInput& set_rows(const std::vector<std::string>& names);

  // The commands of a figure: what was set and then the scripts.
  std::string drawn_by(std::initializer_list<std::string_view> scripts) const;

 private:
  ScriptInput& define(const std::string& name, const std::string& value);
  ScriptInput& define(const std::string& name, const std::vector<std::string>& values);

  std::string lines_;
};

// Panels side by side, at most four in a row, each square, drawn by the script of the figure's name.
Figure panel_figure(const std::string& name, std::string caption, const std::vector<std::string>& titles,
                    ScriptInput input);

}  // namespace musicmem::launcher
