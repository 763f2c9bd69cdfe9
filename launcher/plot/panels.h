// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/plot/gnuplot.h"

#include <string>
#include <vector>

namespace musicmem::launcher {

// An axis from `low` to `high`, with some room around the values that it was made of.
struct Axis {
  double low = 0.0;
  double high = 1.0;

  // Of the finite ones among `values`, and of 0 to 1 where there is none.
  static Axis around(const std::vector<double>& values);
  std::string range() const;  // "[low:high]"
  double step() const;        // between round tics, three to six
};

// Lines of a gnuplot data block, values separated by spaces; a value that is not finite becomes NaN.
class DataBlock {
 public:
  explicit DataBlock(std::string name) : name_(std::move(name)) {}
  void row(const std::vector<double>& values);
  void row(const std::vector<double>& values, const std::string& text);  // text last, quoted
  void gap() { lines_ += "\n"; }                                         // lines are not drawn across it
  bool empty() const { return lines_.empty(); }
  std::string name() const { return "$" + name_; }
  std::string definition() const { return "$" + name_ + " << EOD\n" + lines_ + "EOD\n"; }

 private:
  std::string name_;
  std::string lines_;
};

// One small plot of a figure of many.
struct Panel {
  std::string title;
  std::string commands;  // with the plot command
};

// Panels side by side, at most four in a row, each square.
Figure panel_figure(std::string name, std::string caption, const std::vector<Panel>& panels);

}  // namespace musicmem::launcher
